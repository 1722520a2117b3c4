"""Small SYNTHETIC atlases for tests: drawn pictures and invented numbers, written by the explorer's own writer.

Nothing in them was measured. The manifest says so: its dataset is called `synthetic-…` and its SAE was never trained.
"""

import io
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, ImageDraw
from safetensors.numpy import save_file

from explorer.atlas.format import write_tables, writing_atlas
from explorer.atlas.images import Thumbnail, add_part
from explorer.atlas.integrity import file_info
from explorer.atlas.manifest import (
    CONCEPTS,
    DIRECTIONS,
    MANIFEST,
    MEANINGS,
    SAE_CONFIG,
    SAE_WEIGHTS,
    SCHEMA_VERSION,
    DatasetInfo,
    Description,
    MapInfo,
    Metrics,
    ModelInfo,
    MsSummary,
    SaeInfo,
    SearchInfo,
    SteeringInfo,
    TapInfo,
    ms_column,
)
from explorer.atlas.manifest_file import CHECKSUM, checksum
from explorer.atlas.meanings import write_meanings
from explorer.atlas.pictures import picture_hash, thumbnail
from explorer.atlas.search import write_index
from explorer.atlas.tables import HISTOGRAM_BINS

Picture = tuple[str, Image.Image]  # label, RGB image
BANDS = ("top", "q90", "q50")
_DRAWN = tempfile.TemporaryDirectory(prefix="drawn-")
FRACTIONS = (0.0625, 0.125, 0.25, 0.5625)  # of Matryoshka groups, PAPER.md section 1


@dataclass(frozen=True)
class Making:
    """What the synthetic atlas shall be like."""

    name: str = "drawings"
    neurons: int = 64
    grid: tuple[int, int] | None = (7, 7)
    crop: float | None = 1.0
    similarities: tuple[str, ...] = ("dinov2-drawn", "clip-drawn")
    dead: int = 5
    levels: int = 4
    library: str = "none"
    """Of the encoder: `none` = brought activations."""
    pictures: tuple[Picture, ...] = ()
    """If empty, `drawn` ones."""
    drawn: int = 96
    floor: float | None = None
    """Mean cosine of two random images, by each similarity encoder."""
    seed: int | None = None
    """Of the SAE; the figures are of another one with another seed."""
    says: int = 0
    """Words that raising a neuron brings, that are kept at most; invented ones."""
    mapped: bool = False
    """Whether the neurons have places on a map."""
    meanings: int = 0
    """Width of the invented meanings; 0: none."""
    labels: tuple[str, ...] = ()
    """Instead of the labels of the first neurons: hostile ones, say."""


def drawn_pictures(count: int, seed: int = 0) -> tuple[Picture, ...]:
    """Plain shapes on plain ground, some wide, some tall."""
    rng = np.random.default_rng(seed)
    colours = {"crimson": "#c0304a", "teal": "#208a8a", "amber": "#d99a20", "violet": "#7050b0", "olive": "#78882c"}
    drawn = []
    for number in range(count):
        colour, shape = list(colours)[number % 5], ("disc", "square", "triangle", "ring")[number // 5 % 4]
        size = ((200, 200), (256, 160), (150, 240))[number % 3]
        drawn.append((f"{colour} {shape}", _draw(colours[colour], shape, size, rng)))
    return tuple(drawn)


def _draw(colour: str, shape: str, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    ground = tuple(int(v) for v in rng.integers(190, 250, 3))
    image = Image.new("RGB", size, ground)
    pen, r = ImageDraw.Draw(image), int(min(size) * rng.uniform(0.25, 0.42))
    x, y = (int(side / 2 + rng.uniform(-0.08, 0.08) * side) for side in size)
    box = (x - r, y - r, x + r, y + r)
    if shape == "disc":
        pen.ellipse(box, fill=colour)
    elif shape == "square":
        pen.rectangle(box, fill=colour)
    elif shape == "triangle":
        pen.polygon([(x, y - r), (x - r, y + r), (x + r, y + r)], fill=colour)
    else:
        pen.ellipse(box, outline=colour, width=max(4, r // 3))
    return image


def make_atlas(root: Path, making: Making | None = None) -> Path:
    """Write a synthetic atlas to `root / name`, its images to `root / name-images`.

    One of drawn pictures is made once in a process, and copied: packing its pictures takes longer than most tests do.
    """
    m = making or Making()
    if m.pictures:
        return _make(root, m, m.pictures)
    for part in (m.name, f"{m.name}-images"):
        shutil.copytree(_drawn(m) / part, root / part)
    return root / m.name


@cache
def _drawn(m: Making) -> Path:
    """A directory with this atlas of drawn pictures; it goes when the process ends."""
    root = Path(tempfile.mkdtemp(dir=_DRAWN.name))
    _make(root, m, drawn_pictures(m.drawn))
    return root


def _make(root: Path, m: Making, pictures: Sequence[Picture]) -> Path:
    rng = np.random.default_rng(len(m.name) + m.neurons + 1000 * (m.seed or 0))
    hashes = _store(root / f"{m.name}-images", pictures)
    labels = np.array([label for label, _ in pictures])
    ms = np.clip(rng.beta(1.3, 4.5, m.neurons) * 1.15 - 0.05, -0.06, 0.99).astype(np.float32)
    ms[rng.choice(np.arange(len(m.labels), m.neurons), m.dead, replace=False)] = np.nan
    tops = _tops(m, rng, ms, labels, hashes)
    neurons = _neurons(m, rng, ms, pictures, hashes, tops)
    about = description(m, ms, len(pictures))
    with writing_atlas(root / m.name, about, force=False) as directory:
        write_tables(directory, about, neurons, tops)
        for name in (DIRECTIONS, CONCEPTS):
            write_index(directory / name, rng.normal(size=(m.neurons, 16)).astype(np.float32))
        if m.meanings:
            rows = rng.normal(size=(m.neurons + 1, m.meanings)).astype(np.float32)
            write_meanings(directory / MEANINGS, np.where(np.isnan(ms)[:, None], 0, rows[1:]), rows[0])
        write_sae(directory, about, rng)
    return root / m.name


def write_sae(directory: Path, about: Description, rng: np.random.Generator) -> None:
    """Write an SAE of random weights, 16 wide."""
    neurons = about.sae.neurons
    shapes = {"W_dec": (neurons, 16), "W_enc": (16, neurons), "b_enc": (neurons,), "b_dec": (16,), "threshold": ()}
    save_file({name: np.asarray(rng.normal(size=shape), np.float32) for name, shape in shapes.items()}, directory / SAE_WEIGHTS)
    shape = about.sae.model_dump(mode="json", include={"kind", "width", "neurons", "k", "group_sizes"})
    (directory / SAE_CONFIG).write_text(json.dumps(shape) + "\n")


def change_manifest(directory: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what an atlas's manifest says and give it the checksum that fits: a hostile atlas, not a damaged one."""
    path = directory / MANIFEST
    content = json.loads(path.read_text(encoding="utf-8"))
    del content[CHECKSUM]
    change(content)
    path.write_text(json.dumps(content | {CHECKSUM: checksum(content)}), encoding="utf-8")


def rewrite(directory: Path, name: str, table: pa.Table) -> None:
    """Put another table into an atlas and its checksum into the manifest: hostile, not damaged."""
    pq.write_table(table, directory / name, compression="zstd")
    change_manifest(directory, lambda content: content["files"].update({name: file_info(directory / name).model_dump()}))


def _store(directory: Path, pictures: Sequence[Picture]) -> list[str]:
    rows = []
    for number, (label, image) in enumerate(pictures):
        packed = io.BytesIO()
        image.save(packed, "PNG")
        webp, (width, height) = thumbnail(image)
        rows.append((Thumbnail(picture_hash(packed.getvalue()), f"{number:04d}.png", label, width, height), webp))
    unique = {about.hash: (about, webp) for about, webp in rows}
    add_part(directory, unique.values())
    return [about.hash for about, _ in rows]


def _tops(m: Making, rng: np.random.Generator, ms: np.ndarray, labels: np.ndarray, hashes: list[str]) -> pa.Table:
    """Images of a neuron: the higher its invented MS, the more of them carry one label."""
    kinds, rows = np.unique(labels), []
    for neuron in np.flatnonzero(~np.isnan(ms)):
        own = rng.permutation(np.flatnonzero(labels == kinds[neuron % len(kinds)]))
        any_ = rng.permutation(len(labels))
        scale = float(rng.lognormal(0.5, 0.8))
        for b, band in enumerate(BANDS):
            count = 16 if band == "top" else 8
            pure = np.resize(own, count)
            images = np.where(rng.random(count) < ms[neuron] * 1.4, pure, np.resize(any_[b * 16 :], count))
            activations = np.sort(scale * (1 - 0.3 * b) * rng.uniform(0.7, 1, count))[::-1]
            for rank, (image, activation) in enumerate(zip(images, activations, strict=True)):
                rows.append((neuron, band, rank, hashes[image], activation, _patches(m.grid, activation, rng)))
    columns = list(zip(*rows, strict=True))
    return pa.table(dict(zip(("neuron", "band", "rank", "image", "activation", "patches"), columns, strict=True)))


def _patches(grid: tuple[int, int] | None, activation: float, rng: np.random.Generator) -> np.ndarray | None:
    if grid is None:
        return None
    y, x = np.mgrid[: grid[0], : grid[1]]
    centre = rng.uniform(0.3, 0.7, 2) * grid
    blob = np.exp(-((y - centre[0]) ** 2 + (x - centre[1]) ** 2) / (0.06 * grid[0] * grid[1]))
    return (activation * np.where(blob > 0.2, blob / blob.max(), 0)).astype(np.float16).ravel()


def _neurons(
    m: Making, rng: np.random.Generator, ms: np.ndarray, pictures: Sequence[Picture], hashes: list[str], tops: pa.Table
) -> pa.Table:
    dead = np.isnan(ms)
    of = dict(zip(hashes, (label for label, _ in pictures), strict=True))
    frame = tops.select(["neuron", "band", "image", "activation"]).to_pandas()
    top = frame[frame["band"] == "top"].assign(label=lambda f: f["image"].map(of))
    counts = top.groupby("neuron")["label"].agg(lambda column: column.value_counts().index[0])
    share = top.groupby("neuron")["label"].agg(lambda column: column.value_counts(normalize=True).iloc[0])
    names = counts.reindex(range(m.neurons), fill_value="").to_list()
    names[: len(m.labels)] = m.labels
    strongest = top.groupby("neuron")["activation"].max().reindex(range(m.neurons), fill_value=0.0).to_numpy()
    columns: dict[str, object] = {
        "neuron": np.arange(m.neurons),
        "level": np.searchsorted(np.cumsum(FRACTIONS[: m.levels]) * m.neurons, np.arange(m.neurons), "right").clip(
            0, m.levels - 1
        ),
        "density": np.where(dead, 0, 10 ** rng.uniform(-3.5, -0.7, m.neurons)),
        "max": strongest,
        "mean": np.where(dead, np.nan, strongest * 0.35),
        "histogram": [np.minimum(_histogram(rng, s), len(pictures)) for s in strongest],
        "label": names,
        "label_share": share.reindex(range(m.neurons), fill_value=0.0).to_numpy(),
        "name": [""] * m.neurons,
        "name_score": [np.nan] * m.neurons,
    }
    for name, values in (("nearest", "nearest_cosine"), ("cofiring", "cofiring_share")):
        columns[name] = [[int(n) for n in rng.choice(m.neurons, 6, replace=False) if n != k] for k in range(m.neurons)]
        columns[values] = [sorted(rng.uniform(0.1, 0.8, len(row)), reverse=True) for row in columns[name]]  # type: ignore[attr-defined]
    columns |= {"steers": [""] * m.neurons, "steerability": [np.nan] * m.neurons, "steer_alpha": [np.nan] * m.neurons}
    if m.says:
        said = [[] if gone else ["round", "thing", "colour"][: m.says] for gone in dead]
        columns |= {"says": [" ".join(words) for words in said], "says_share": [[0.9, 0.5, 0.25][: len(words)] for words in said]}
    if m.mapped:
        columns |= {name: np.where(dead, np.nan, rng.normal(size=m.neurons)) for name in ("map_x", "map_y")}
    for number, similarity in enumerate(m.similarities):
        columns[ms_column(similarity)] = ms if number == 0 else 0.45 + 0.5 * ms
    return pa.table(columns)


def _histogram(rng: np.random.Generator, strongest: float) -> list[int]:
    counts = np.zeros(HISTOGRAM_BINS, int)
    if strongest > 0:
        last = int(np.clip(2 * (np.log2(strongest) + 16), 1, HISTOGRAM_BINS - 1))
        for back in range(min(12, last)):
            counts[last - back] = int(40 * np.exp(-(((back - 6) / 3.5) ** 2)) * rng.uniform(0.7, 1.3)) + (back == 0)
    return counts.tolist()


def description(m: Making, ms: np.ndarray, images: int) -> Description:
    """What the manifest of a synthetic atlas says; MS is one value per neuron, NaN for the dead."""
    alive = int((~np.isnan(ms)).sum())
    sizes = [round(share * m.neurons) for share in FRACTIONS[: m.levels]]
    sizes[-1] += m.neurons - sum(sizes)
    best, mean = float(np.nanmax(ms)), float(np.nanmean(ms))

    def model(name: str, library: str, width: int = 16) -> ModelInfo:
        return ModelInfo.model_validate(
            {"name": name, "source": "synthetic", "local": False, "library": library, "weights": "none", "width": width}
        )

    return Description(
        schema_version=SCHEMA_VERSION,
        name=m.name,
        created="2026-01-01T00:00:00Z",
        encoder=model("synthetic-encoder", m.library),
        tap=TapInfo(
            name="2:patches" if m.grid else "2:cls", tokens=m.grid[0] * m.grid[1] if m.grid else 1, grid=m.grid, crop=m.crop
        ),
        sae=SaeInfo(kind="matryoshka", neurons=m.neurons, width=16, k=min(20, m.neurons), group_sizes=tuple(sizes), seed=m.seed),
        dataset=DatasetInfo(name="synthetic-drawings", fingerprint="synthetic", images=images),
        image_store=f"{m.name}-images",
        similarity=tuple(model(name, "none") for name in m.similarities),
        pooling="max",
        metrics=Metrics(
            r2=0.71,
            l0=min(19.6, m.neurons),
            dead=m.dead,
            overlapping_pairs=0,
            alike_pairs=0,
            ms={name: MsSummary(best=best, mean=mean, alive=alive, floor=m.floor) for name in m.similarities},
        ),
        versions={"synthetic": "1"},
        steering=SteeringInfo(model="synthetic-vlm", prompt="describe the image.", pictures=4, words=m.says) if m.says else None,
        map=MapInfo(of="concepts", method="random places", neighbours=15, seed=0) if m.mapped else None,
        search=SearchInfo(model=model("synthetic-joint", m.library, m.meanings)) if m.meanings else None,
    )
