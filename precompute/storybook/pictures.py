"""Rendered scenes in number: as arrays to train on, as a folder of pictures to build atlases from."""

import csv
from collections.abc import Iterable
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from precompute.storybook.colours import COLOURS
from precompute.storybook.draw.render import render
from precompute.storybook.kinds import KINDS
from precompute.storybook.sample import Split, sample_scene
from precompute.storybook.scene import SIDE

PATCH = 16  # pixels of a patch's edge
GRID = SIDE // PATCH
NOTHING = 0  # label of a patch that shows no thing


class Rendered(NamedTuple):
    """Scenes of some seeds, in their order."""

    images: NDArray[np.uint8]  # (n, 128, 128, 3)
    kinds: NDArray[np.uint8]  # (n, patches) the kind of thing that covers most of each patch, from 1; NOTHING under a tenth
    colours: NDArray[np.uint8]  # (n, patches) its colour, likewise


def render_seeds(seeds: range, split: Split = "train", workers: int = 2) -> Rendered:
    """Render the scenes of these seeds."""
    with Pool(workers) as pool:
        work = pool.imap(_one, ((seed, split) for seed in seeds), chunksize=64)
        rows = list(tqdm(work, total=len(seeds), unit="scene", desc="render", dynamic_ncols=True))
    return Rendered(*(np.stack(column) for column in zip(*rows, strict=True)))


def write_folder(folder: Path, seeds: Iterable[int], split: Split) -> Path:
    """Write scenes as PNG files and `labels.csv` with each one's setting; gives the folder. What is there stays."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for seed in tqdm(seeds, unit="scene", desc="scenes", dynamic_ncols=True):
        scene, path = sample_scene(seed, split), folder / f"{split}-{seed:06d}.png"
        if not path.is_file():
            Image.fromarray(render(scene).image).save(path)
        rows.append((path.name, scene.setting))
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "label"), *rows])
    return folder


def _one(asked: tuple[int, Split]) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    scene = sample_scene(*asked)
    drawn = render(scene)
    shares = drawn.masks.reshape(len(drawn.masks), GRID, PATCH, GRID, PATCH).mean((2, 4)).reshape(-1, GRID * GRID)
    things = [(list(KINDS).index(thing.kind) + 1, list(COLOURS).index(thing.colour) + 1) for thing in scene.things]
    table = np.array([(NOTHING, NOTHING), *things], dtype=np.uint8)
    most = np.concatenate([np.full((1, GRID * GRID), 0.1), shares]).argmax(0)
    return drawn.image, table[most, 0], table[most, 1]
