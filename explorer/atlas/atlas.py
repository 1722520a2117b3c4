"""Open an atlas and ask it: one page of neurons, one neuron, its images. No model is needed.

Columns that every page wants stay in memory (a few bytes per number); patch activations are read when asked for.
"""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from explorer.atlas.format import check_sae_config
from explorer.atlas.images import ImageStore
from explorer.atlas.integrity import CheckedFiles, damage
from explorer.atlas.manifest import MANIFEST, NEURONS, TOPS, Manifest, ms_column
from explorer.atlas.manifest_file import read_manifest
from explorer.atlas.ranking import least_images
from explorer.atlas.tables import Tops, read_neurons, read_patches, read_tops
from explorer.errors import UserError, VisitorError

SORTS = {  # name → (column, descending); `ms` is the asked similarity encoder's
    "ms": ("ms", True),
    "ms-low": ("ms", False),
    "density": ("density", True),
    "density-low": ("density", False),
    "activation": ("max", True),
    "label": ("label_share", True),
    "steers": ("steerability", True),
    "id": ("neuron", False),
}


@dataclass(frozen=True)
class Query:
    """Which neurons, in which order."""

    sort: str = "ms"
    """One of SORTS."""
    similarity: str | None = None
    """The similarity encoder whose MS is sorted and filtered by; the atlas's first if None."""
    ms: tuple[float, float] = (-1.0, 1.0)
    """Least and largest MS, both included. A dead neuron has none: it stays only while this is the whole range."""
    level: int | None = None
    """Only this Matryoshka level."""
    images: int = 0
    """Of the living, only neurons that fire on at least this many images: on fewer, MS tells of those few alone."""
    alive: bool = True
    """Leave out neurons that have no MS."""
    text: str = ""
    """Only neurons whose label, name or steered word contains this, or whose number it is; after "#" only the number counts."""
    page: int = 0
    size: int = 24


class Page(NamedTuple):
    """One page of an answer."""

    neurons: list[int]
    total: int  # neurons in the whole answer
    page: int  # this one, within 0 … pages − 1
    pages: int  # at least 1


class Place(NamedTuple):
    """Where a neuron stands in an answer."""

    before: int | None  # the neuron before it; None if it is the first
    after: int | None
    page: int  # that it is on


class TopImage(NamedTuple):
    """An image that a neuron fires on."""

    image: str  # content hash
    activation: float
    rank: int


class Atlas:
    """An open atlas: `manifest`, `files`, `neurons` (a DataFrame, one row a neuron) and `images` (its store).

    Opening verifies what is small, and looks whether all else is there. What is large (top images, indexes, weights, thumbnails)
    is verified before it is first used and again once it changed: then any method that reads it may raise UserError.

    Args:
        directory: that holds manifest.json.

    Raises:
        UserError: if it is missing, half-written, damaged, of another schema version, or without its image store.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.manifest: Manifest = read_manifest(directory)
        self.files = CheckedFiles(directory, self.manifest.files, f"atlas {self.name}")
        self.files.look()
        self._look_for_images()
        check_sae_config(self.files, self.manifest)
        with self.files.parsing(NEURONS):
            self.neurons: pd.DataFrame = read_neurons(self.files.read(NEURONS), self.manifest)
        self._images: ImageStore | None = None
        self._opening = threading.Lock()
        self._order = lru_cache(maxsize=32)(self._sorted)

    @property
    def name(self) -> str:
        return self.manifest.name

    def __len__(self) -> int:
        return len(self.neurons)

    @property
    def images(self) -> ImageStore:
        """The image store, opened by the first who asks."""
        with self._opening:
            if self._images is None:
                self._images = ImageStore(self._store, self.manifest.images, f"image store of atlas {self.name}")
            return self._images

    @property
    def similarities(self) -> list[str]:
        """Names of the similarity encoders, the one sorted by first."""
        return [info.name for info in self.manifest.similarity]

    def ms(self, similarity: str | None = None) -> np.ndarray:
        """MS of every neuron by one similarity encoder; NaN = dead."""
        return self.neurons[ms_column(self._known(similarity))].to_numpy()

    def ranked_ms(self, similarity: str | None = None) -> np.ndarray:
        """MS of the neurons that are ranked, those that fire on enough images (`explorer.atlas.ranking`); NaN = the others."""
        return np.where(self.fires_on() >= self.least_images, self.ms(similarity), np.float32(np.nan))

    @property
    def least_images(self) -> int:
        """The number of images that a neuron must fire on to be ranked."""
        return least_images(self.manifest.dataset.images)

    def floor(self, similarity: str | None = None) -> float | None:
        """Mean cosine of two different images of the set, by one similarity encoder; None where nobody measured it."""
        return self.manifest.metrics.ms[self._known(similarity)].floor

    def place(self, neuron: int, query: Query) -> Place | None:
        """Where one neuron stands in the answer to `query`; None if it is not in it."""
        answer = self._answer(query)
        at = np.flatnonzero(answer == neuron)
        if len(at) == 0:
            return None
        before, after = answer[max(0, at[0] - 1) : at[0]], answer[at[0] + 1 : at[0] + 2]
        return Place(next(iter(before.tolist()), None), next(iter(after.tolist()), None), int(at[0]) // query.size)

    @property
    def steering_tried(self) -> bool:
        """Whether it is known which neurons steer a vision-language model, see `precompute.naming.by_steering`."""
        return bool(self.neurons["steerability"].notna().any())

    def fires_on(self) -> np.ndarray:
        """The number of images that every neuron fires on."""
        return np.rint(self.neurons["density"].to_numpy(np.float64) * self.manifest.dataset.images)

    def page(self, query: Query) -> Page:
        """One page of the neurons that `query` asks for; a page beyond the last is the last."""
        answer = self._answer(query)
        pages = max(1, -(-len(answer) // query.size))
        page = min(max(query.page, 0), pages - 1)
        return Page(answer[page * query.size : (page + 1) * query.size].tolist(), len(answer), page, pages)

    def neuron(self, neuron: int) -> pd.Series:
        """The row of one neuron.

        Raises:
            VisitorError: if there is no such neuron.
        """
        if not 0 <= neuron < len(self):
            raise VisitorError(f"atlas {self.name} has neurons 0 to {len(self) - 1:,}, asked for {neuron}: choose one of them")
        return self.neurons.iloc[neuron]

    def percentile(self, neuron: int, similarity: str | None = None) -> float:
        """Share of the ranked neurons, in %, whose MS is at most this one's; NaN where it is not ranked itself."""
        ms = self.ranked_ms(similarity)
        return float("nan") if np.isnan(ms[neuron]) else 100.0 * float((ms <= ms[neuron]).sum()) / float((~np.isnan(ms)).sum())

    def top_images(self, neuron: int, count: int = 16, band: str = "top") -> list[TopImage]:
        """The images of one band, strongest first; fewer than `count` where it fires on fewer."""
        table, rows = self._tops, self._rows(neuron)
        if band not in table.bands:
            return []
        rows = rows[table.band[rows] == table.bands.index(band)][:count]
        images = [table.images[place] for place in table.image[rows].tolist()]
        return [
            TopImage(*values) for values in zip(images, table.activation[rows].tolist(), table.rank[rows].tolist(), strict=True)
        ]

    def bands(self, neuron: int) -> list[str]:
        """The bands that one neuron has images in."""
        return [self._tops.bands[place] for place in dict.fromkeys(self._tops.band[self._rows(neuron)].tolist())]

    def patches(self, neuron: int, band: str = "top") -> list[np.ndarray] | None:
        """Patch activations, (rows, columns) each, of the images `tops` gives; None where the tap has no patches."""
        grid = self.manifest.tap.grid
        rows = self._rows(neuron)
        if grid is None or len(rows) == 0:
            return None
        with self.files.using(TOPS) as path:
            table = read_patches(path, rows)
            wanted = table[(table["neuron"] == neuron) & (table["band"] == band)]
            return [np.nan_to_num(np.asarray(patches, np.float32)).reshape(grid) for patches in wanted["patches"]]

    @cached_property
    def _tops(self) -> Tops:
        with self.files.using(TOPS) as path:
            return read_tops(path, self.manifest)

    @property
    def _store(self) -> Path:
        return self.directory.parent / self.manifest.image_store

    def _known(self, similarity: str | None) -> str:
        return similarity if similarity in self.similarities else self.similarities[0]

    def _look_for_images(self) -> None:
        if self.manifest.images and not self._store.is_dir():
            what = f"its image store {self._store.name} is not beside it"
            raise damage(
                self.directory, self.files.owner, what, f"move or copy it to {self._store}, from where the atlas was built"
            )
        CheckedFiles(self._store, self.manifest.images, f"image store of atlas {self.name}").look()

    def _rows(self, neuron: int) -> np.ndarray:
        neurons = self._tops.neuron
        start, stop = np.searchsorted(neurons, np.array([neuron, neuron + 1], neurons.dtype))  # of one type, or all are converted
        return np.arange(start, stop)

    def _sorted(self, sort: str, similarity: str | None) -> np.ndarray:
        column, descending = SORTS.get(sort, SORTS["ms"])
        values = self.ms(similarity) if column == "ms" else self.neurons[column].to_numpy()
        return np.argsort(-values if descending else values, kind="stable")  # NaN sorts last either way

    def _answer(self, query: Query) -> np.ndarray:
        order = self._order(query.sort, query.similarity)
        return order[self._matches(query)[order]]

    def _matches(self, query: Query) -> np.ndarray:
        ms = self.ms(query.similarity)
        low, high = query.ms
        matches = (ms >= low) & (ms <= high) & (self.fires_on() >= query.images)  # False for NaN
        if not query.alive and (low, high) == (-1.0, 1.0):
            matches |= np.isnan(ms)
        if query.level is not None:
            matches &= self.neurons["level"].to_numpy() == query.level
        return matches & self._mentions(query.text) if query.text.strip() else matches

    def _mentions(self, text: str) -> np.ndarray:
        wanted = text.strip()
        number = wanted.removeprefix("#")
        is_it = self.neurons["neuron"].to_numpy() == (int(number) if number.isdecimal() else -1)
        return is_it if wanted.startswith("#") else is_it | self._labelled(wanted)

    def _labelled(self, text: str) -> np.ndarray:
        called = [self.neurons[column].str.contains(text, case=False, regex=False) for column in ("label", "name", "steers")]
        return np.logical_or.reduce([mask.to_numpy(dtype=bool) for mask in called])


class Library(NamedTuple):
    """The atlases of one or more directories, and what was found that could not be opened."""

    atlases: dict[str, Atlas]
    problems: list[UserError]  # the message is for the operator; visitors read `public`, which every one has


def open_library(roots: Sequence[Path]) -> Library:
    """Open every atlas in the given directories (each an atlas itself, or a directory of atlases).

    Whatever is wrong with one becomes a problem to show, and the others still open. Of two with one name the first wins.
    """
    library = Library({}, [])
    for root in roots:
        try:
            directories = [root] if os.path.lexists(root / MANIFEST) else sorted(root.glob("*/"))
        except OSError as error:
            library.problems.append(damage(root, "a directory of atlases", f"cannot be read ({error.strerror})", "mend that"))
            continue
        for directory in directories:
            if os.path.lexists(directory / MANIFEST):
                _open_into(library, directory)
    return library


def _open_into(library: Library, directory: Path) -> None:
    try:
        atlas = Atlas(directory)
    except UserError as error:
        library.problems.append(error)
        return
    except Exception as error:  # a file from anywhere must not take the others down, whatever its parser raises
        library.problems.append(damage(directory, f"atlas {directory.name}", f"cannot be opened ({type(error).__name__})"))
        return
    if taken := library.atlases.get(atlas.name):
        what = f"the name {atlas.name} is taken by another one"
        library.problems.append(damage(directory, f"atlas {directory.name}", what, f"rename it or {taken.directory}"))
        return
    library.atlases[atlas.name] = atlas
