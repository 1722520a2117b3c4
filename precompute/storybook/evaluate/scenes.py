"""New Storybook scenes, which nothing was trained or scored on, with their attributes."""

from collections.abc import Iterable
from multiprocessing import Pool
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, UInt8
from tqdm import tqdm

from precompute.storybook.draw.render import render
from precompute.storybook.sample import sample_scene
from precompute.storybook.scene import SIDE, Scene
from precompute.storybook.truth import all_attributes, attributes, thing_attributes

FIRST_SEED = 4_000_000  # the recipe of precompute.storybook uses others, for its models and its atlases
ATTRIBUTES = all_attributes()


class Scenes(NamedTuple):
    """Images and their truth; axis `u` is the things of all scenes, one scene after another."""

    images: UInt8[np.ndarray, "n side side 3"]
    covers: UInt8[np.ndarray, "n side side"]  # number of the thing visible there, from 1 within its scene; 0 = none
    truth: Bool[np.ndarray, "n a"]  # which of ATTRIBUTES the scene has
    things: Bool[np.ndarray, "u a"]  # which of ATTRIBUTES the thing has; never a setting, weather or relation
    starts: np.ndarray  # (n + 1,) scene i owns the things starts[i]:starts[i + 1]


class _Scene(NamedTuple):
    image: np.ndarray
    cover: np.ndarray
    truth: list[int]  # numbers of attributes
    things: list[list[int]]


def draw_scenes(count: int, workers: int) -> Scenes:
    """Draw the scenes of the first `count` seeds, in order; they are like photographs, as the SAEs' training images are.

    Args:
        count: at least 1.
        workers: processes that draw.
    """
    images = np.empty((count, SIDE, SIDE, 3), np.uint8)
    covers = np.empty((count, SIDE, SIDE), np.uint8)
    truth: list[list[int]] = []
    things: list[list[int]] = []
    starts = np.zeros(count + 1, np.int64)
    with Pool(workers) as pool:
        drawn = pool.imap(_draw, range(FIRST_SEED, FIRST_SEED + count), chunksize=16)
        for row, scene in enumerate(tqdm(drawn, total=count, unit="scene", desc="scenes", dynamic_ncols=True)):
            images[row], covers[row] = scene.image, scene.cover
            truth.append(scene.truth)
            things += scene.things
            starts[row + 1] = len(things)
    return Scenes(images, covers, _table(truth), _table(things), starts)


def family(attribute: str) -> str:
    """Return the family of an attribute: `kind` of `kind:boat`."""
    return attribute.partition(":")[0]


def truth_table(scenes: Iterable[Scene]) -> Bool[np.ndarray, "n a"]:
    """Return which of ATTRIBUTES each scene has."""
    return _table([_numbers(attributes(scene)) for scene in scenes])


def _draw(seed: int) -> _Scene:
    scene = sample_scene(seed, "photo")
    drawn = render(scene)
    cover = np.zeros((SIDE, SIDE), np.uint8)
    for number, mask in enumerate(drawn.masks, start=1):
        cover[mask] = number
    return _Scene(drawn.image, cover, _numbers(attributes(scene)), [_numbers(its) for its in thing_attributes(scene)])


def _numbers(names: Iterable[str]) -> list[int]:
    return sorted(_NUMBER[attribute] for attribute in names)


def _table(rows: list[list[int]]) -> Bool[np.ndarray, "rows a"]:
    table = np.zeros((len(rows), len(ATTRIBUTES)), bool)
    for row, numbers in zip(table, rows, strict=True):
        row[numbers] = True
    return table


_NUMBER = {attribute: number for number, attribute in enumerate(ATTRIBUTES)}
