"""Rendered scenes: as arrays to train on, as a folder of image files to build atlases from."""

import csv
import os
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from precompute.atomic_files import replacing
from precompute.storybook.colours import COLOURS
from precompute.storybook.draw.render import render
from precompute.storybook.kinds import KINDS
from precompute.storybook.sample import Split, sample_scene
from precompute.storybook.scene import SIDE

PATCH = 16  # pixels of a patch's edge
GRID = SIDE // PATCH
NOTHING = 0  # label of a patch without a thing
MOST_CENTRES = 2  # told apart in one patch
LOOKED_AT = 64  # scenes compared to see whether the world has changed


class Rendered(NamedTuple):
    """Scenes of some seeds, in their order."""

    images: NDArray[np.uint8]  # (n, 128, 128, 3)
    patches: NDArray[np.uint8]  # (n, patches, 3): kind and colour of what covers most of each, from 1; centres of things in it


def cores() -> int:
    """Return how many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def render_seeds(seeds: range, split: Split = "train", workers: int | None = None) -> Rendered:
    """Render the scenes of these seeds into memory."""
    images = np.empty((len(seeds), SIDE, SIDE, 3), np.uint8)
    patches = np.empty((len(seeds), GRID * GRID, 3), np.uint8)
    _render_into(Rendered(images, patches), seeds, split, workers)
    return Rendered(images, patches)


def rendered_file(directory: Path, seeds: range, split: Split = "train", workers: int | None = None) -> Rendered:
    """Return the same, mapped from two files; they are rendered if they are missing, or scenes have changed since."""
    directory.mkdir(parents=True, exist_ok=True)
    name = f"{split}-{seeds.start}-{seeds.stop}-{_look(seeds, split)}"
    paths = [directory / f"{name}-{part}.npy" for part in Rendered._fields]
    if not all(path.is_file() for path in paths):
        shapes = ((len(seeds), SIDE, SIDE, 3), (len(seeds), GRID * GRID, 3))
        with ExitStack() as stack:
            partials = [stack.enter_context(replacing(path)) for path in paths]
            arrays = [open_memmap(partial, "w+", np.uint8, shape) for partial, shape in zip(partials, shapes, strict=True)]
            _render_into(Rendered(*arrays), seeds, split, workers)
    return Rendered(*(np.load(path, mmap_mode="r") for path in paths))


def write_folder(folder: Path, seeds: Sequence[int], split: Split) -> Path:
    """Write scenes as PNG files, and `labels.csv` with their settings; returns the folder. Files that exist are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    with Pool(cores()) as pool:
        work = pool.imap(partial(_write, folder, split), seeds, chunksize=64)
        rows = list(tqdm(work, total=len(seeds), unit="scene", desc="scenes", dynamic_ncols=True))
    with (folder / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("file", "label"), *rows])
    return folder


def _write(folder: Path, split: Split, seed: int) -> tuple[str, str]:
    """Write one scene unless it is there, and return the file's name and the setting."""
    scene, path = sample_scene(seed, split), folder / f"{split}-{seed:06d}.png"
    if not path.is_file():
        with replacing(path) as partial_path:
            Image.fromarray(render(scene).image).save(partial_path, "png")
    return path.name, scene.setting


def _look(seeds: range, split: Split) -> str:
    """A hash of the first scenes' images, so that files rendered before a change of the world are not reused."""
    digest = sha256()
    for seed in seeds[:LOOKED_AT]:
        for part in _one((seed, split)):
            digest.update(part.tobytes())
    return digest.hexdigest()[:8]


def _render_into(out: Rendered, seeds: range, split: Split, workers: int | None) -> None:
    with Pool(workers or cores()) as pool:
        work = pool.imap(_one, ((seed, split) for seed in seeds), chunksize=64)
        for row, (image, patches) in enumerate(tqdm(work, total=len(seeds), unit="scene", desc="render", dynamic_ncols=True)):
            out.images[row], out.patches[row] = image, patches


def _one(seed_and_split: tuple[int, Split]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    scene = sample_scene(*seed_and_split)
    drawn = render(scene)
    shares = drawn.masks.reshape(len(drawn.masks), GRID, PATCH, GRID, PATCH).mean((2, 4)).reshape(-1, GRID * GRID)
    things = [(list(KINDS).index(thing.kind) + 1, list(COLOURS).index(thing.colour) + 1) for thing in scene.things]
    table = np.array([(NOTHING, NOTHING), *things], dtype=np.uint8)
    most = np.concatenate([np.full((1, GRID * GRID), 0.1), shares]).argmax(0)  # under a tenth is nothing
    centres = np.zeros(GRID * GRID, np.uint8)
    for thing in scene.things:
        column, row = (min(max(int(at // PATCH), 0), GRID - 1) for at in (thing.x, thing.y))
        centres[row * GRID + column] = min(centres[row * GRID + column] + 1, MOST_CENTRES)
    return drawn.image, np.concatenate([table[most], centres[:, None]], axis=1)
