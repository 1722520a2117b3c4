"""A large SYNTHETIC atlas, made in seconds: random numbers, written by the explorer's own writer.

Nothing in it was measured. Its manifest says so, as that of `tests/making.py`, which makes small ones that look
well.
"""

import hashlib
import os
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from explorer.atlas.format import write_tables, writing_atlas
from explorer.atlas.images import Thumbnail, add_part
from explorer.atlas.manifest import CONCEPTS, DIRECTIONS, MEANINGS, Description, SearchInfo, ms_column
from explorer.atlas.manifest_file import read_manifest
from explorer.atlas.meanings import write_meanings
from explorer.atlas.pictures import thumbnail
from explorer.atlas.search import write_index
from explorer.atlas.tables import HISTOGRAM_BINS, neurons_schema
from tests.making import FRACTIONS, Making, description, drawn_pictures, write_sae
from tests.serving import ROOT

TOP, NEIGHBOURS, GRID = 16, 6, (7, 7)
STORYBOOK = ROOT / "assets/storybook"  # whose text tower texts are read by
DRAWN = 400  # different pictures; the store's many images show these again and again
PART = 4096  # images per part of the store


def make_large_atlas(root: Path, neurons: int = 65_536, images: int = 50_000) -> Path:
    """Write the atlas `root / large` and its image store."""
    rng = np.random.default_rng(65)
    making = Making(name="large", neurons=neurons, dead=neurons // 50, grid=GRID, mapped=True)
    hashes, labels = _store(root / f"{making.name}-images", images)
    dead = np.zeros(neurons, bool)
    dead[rng.choice(neurons, making.dead, replace=False)] = True
    ms = np.where(dead, np.nan, rng.beta(1.3, 4.5, neurons)).astype(np.float32)
    strongest = np.where(dead, 0, rng.lognormal(0.5, 0.8, neurons)).astype(np.float32)
    about = _searched(description(making, ms, images), root)
    with writing_atlas(root / making.name, about, force=False) as directory:
        columns = _statistics(rng, dead, strongest, images) | _names(rng, dead, labels) | _neighbours(rng, neurons)
        columns |= {name: rng.standard_normal(neurons, np.float32) for name in ("map_x", "map_y")}
        columns |= {ms_column(name): ms if i == 0 else 0.45 + 0.5 * ms for i, name in enumerate(making.similarities)}
        table = pa.table({name: columns[name] for name in neurons_schema(about).names})
        write_tables(directory, about, table, _tops(rng, np.flatnonzero(~dead), strongest, hashes))
        for name in (DIRECTIONS, CONCEPTS):
            write_index(directory / name, rng.standard_normal((neurons, 16), np.float32))
        width = about.search.model.width if about.search else 0
        write_meanings(directory / MEANINGS, rng.standard_normal((neurons, width), np.float32), np.zeros(width, np.float32))
        write_sae(directory, about, rng)
    return root / making.name


def _searched(about: Description, root: Path) -> Description:
    """With meanings that texts are compared with: random ones, of the width of Storybook's text tower."""
    described = read_manifest(STORYBOOK / "atlases/storybook").search
    assert described is not None
    model = described.model
    source = os.path.relpath(STORYBOOK / "models" / model.name, root / about.name)
    return about.model_copy(update={"search": SearchInfo(model=model.model_copy(update={"source": source}))})


def _store(directory: Path, images: int) -> tuple[np.ndarray, np.ndarray]:
    """The hashes and labels of the images of a new store."""
    drawn = [(label, *thumbnail(image)) for label, image in drawn_pictures(DRAWN)]
    hashes = [hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in range(images)]
    labels = [drawn[number % DRAWN][0] for number in range(images)]

    def row(number: int) -> tuple[Thumbnail, bytes]:
        _, webp, size = drawn[number % DRAWN]
        return Thumbnail(hashes[number], f"{labels[number]}/{number:06d}.png", labels[number], *size), webp

    rows = map(row, range(images))
    while part := list(islice(rows, PART)):
        add_part(directory, part)
    return np.array(hashes), np.array(labels)


def _statistics(rng: np.random.Generator, dead: np.ndarray, strongest: np.ndarray, images: int) -> dict[str, object]:
    neurons = len(dead)
    counts = rng.integers(0, min(40, images), (neurons, HISTOGRAM_BINS), dtype=np.int32)
    counts[:, :16] = 0
    counts[dead] = 0
    sizes = np.cumsum(FRACTIONS) * neurons
    return {
        "neuron": np.arange(neurons),
        "level": np.searchsorted(sizes, np.arange(neurons), "right").clip(0, len(FRACTIONS) - 1),
        "density": np.where(dead, 0, 10 ** rng.uniform(-3.5, -0.7, neurons)),
        "max": strongest,
        "mean": np.where(dead, np.nan, strongest * 0.35),
        "histogram": _lists(counts),
        "steerability": np.full(neurons, np.nan),
        "steer_alpha": np.full(neurons, np.nan),
    }


def _names(rng: np.random.Generator, dead: np.ndarray, labels: np.ndarray) -> dict[str, object]:
    none = np.full(len(dead), "")
    return {
        "label": np.where(dead, "", rng.choice(np.unique(labels), len(dead))),
        "label_share": np.where(dead, 0, rng.uniform(0.1, 1, len(dead))),
        "name": none,
        "name_score": np.full(len(dead), np.nan),
        "steers": none,
    }


def _neighbours(rng: np.random.Generator, neurons: int) -> dict[str, object]:
    columns: dict[str, object] = {}
    for name, values in (("nearest", "nearest_cosine"), ("cofiring", "cofiring_share")):
        columns[name] = _lists(rng.integers(0, neurons, (neurons, NEIGHBOURS), dtype=np.int32))
        columns[values] = _lists(-np.sort(-rng.uniform(0.1, 0.8, (neurons, NEIGHBOURS)).astype(np.float32)))
    return columns


def _tops(rng: np.random.Generator, alive: np.ndarray, strongest: np.ndarray, hashes: np.ndarray) -> pa.Table:
    """Sixteen images of every living neuron, any of the store's."""
    rows = len(alive) * TOP
    activation = np.linspace(1, 0.6, TOP, dtype=np.float32) * strongest[alive, None]
    patches = activation.reshape(-1, 1) * rng.random((rows, GRID[0] * GRID[1]), np.float32)
    return pa.table(
        {
            "neuron": np.repeat(alive, TOP),
            "band": pa.DictionaryArray.from_arrays(np.zeros(rows, np.int32), ["top"]),
            "rank": np.tile(np.arange(TOP), len(alive)),
            "image": pa.DictionaryArray.from_arrays(rng.integers(0, len(hashes), rows, dtype=np.int32), hashes),
            "activation": activation.ravel(),
            "patches": _lists(patches.astype(np.float16)),
        }
    )


def _lists(rows: np.ndarray) -> pa.Array:
    """One list per row of a matrix."""
    offsets = np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(offsets, rows.ravel())
