"""Open an atlas and ask it: one page of neurons, one neuron, its images. No model is needed.

Columns that every page wants stay in memory (a few bytes per number); patch activations are read when asked for.
"""

import threading
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from explorer.atlas.curated import CuratedName, read_curated
from explorer.atlas.entry import PLAIN, Entry
from explorer.atlas.format import check_sae_config
from explorer.atlas.hashes import unpacked
from explorer.atlas.images import ImageStore
from explorer.atlas.integrity import CheckedFiles, damage
from explorer.atlas.manifest import NEURONS, TOPS, Manifest, ms_column
from explorer.atlas.manifest_file import read_manifest
from explorer.atlas.open_stores import OpenStores
from explorer.atlas.query import Page, Place, Query, matches, order
from explorer.atlas.ranking import least_images
from explorer.atlas.tables import read_neurons
from explorer.atlas.tops import Tops, read_patches, read_tops
from explorer.errors import UserError, VisitorError


class TopImage(NamedTuple):
    """An image that a neuron fires on."""

    image: str  # content hash
    activation: float
    rank: int


class Strongest(NamedTuple):
    """The strongest images of all neurons, a row each."""

    neurons: np.ndarray  # numbers
    image: np.ndarray  # place in `images`
    images: np.ndarray  # content hashes, as `explorer.atlas.hashes` packs them


class Atlas:
    """An open atlas: `manifest`, `files`, `neurons` (a DataFrame, one row a neuron) and `images` (its store).

    `curated` are the names that people gave to its neurons; where their file cannot be read, `problems` says why.

    Opening verifies what is small, and looks whether all else is there. What is large (top images, indexes, weights, thumbnails)
    is verified before it is first used and again once it changed: then any method that reads it may raise UserError.

    Args:
        directory: that holds manifest.json.
        stores: the image stores that are open, to share; none if None.
        entry: what the registry says about it.

    Raises:
        UserError: if it is missing, half-written, damaged, of another schema version, or without its image store.
    """

    def __init__(self, directory: Path, stores: OpenStores | None = None, entry: Entry = PLAIN) -> None:
        self.directory, self.entry = directory, entry
        self.manifest: Manifest = read_manifest(directory)
        self.files = CheckedFiles(directory, self.manifest.files, f"atlas {self.name}")
        self.files.look()
        self._look_for_images()
        check_sae_config(self.files, self.manifest)
        with self.files.parsing(NEURONS):
            self.neurons: pd.DataFrame = read_neurons(self.files.read(NEURONS), self.manifest)
        self.problems: list[UserError] = []
        self.curated: dict[int, CuratedName] = self._read_curated()
        self._parts = (stores or OpenStores()).parts(self._store, self.manifest.images)
        self._images: ImageStore | None = None
        self._top_images: Tops | None = None
        self._opening = threading.Lock()
        self._columns: dict[str, Any] = {}
        self._distinct = cache(self._told_apart)
        self._order = lru_cache(maxsize=32)(partial(order, self))

    @property
    def name(self) -> str:
        return self.entry.name or self.manifest.name

    def __len__(self) -> int:
        return len(self.neurons)

    @property
    def images(self) -> ImageStore:
        """The image store, opened by the first who asks."""
        with self._opening:
            if self._images is None:
                owner = f"image store of atlas {self.name}"
                self._images = ImageStore(self._store, self.manifest.images, owner, self._parts)
            return self._images

    @property
    def store_name(self) -> str:
        """What the name of its image store in addresses begins with; known before the store is opened."""
        return self._parts.name

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
        answer = self.selection(query)
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

    def selection(self, query: Query) -> np.ndarray:
        """All neurons that `query` asks for, in its order, whatever its page."""
        ordered = self._order(query.sort, query.similarity)
        return ordered[matches(self, query)[ordered]]

    def page(self, query: Query) -> Page:
        """One page of the neurons that `query` asks for; a page beyond the last is the last."""
        answer = self.selection(query)
        pages = max(1, -(-len(answer) // query.size))
        page = min(max(query.page, 0), pages - 1)
        return Page(answer[page * query.size : (page + 1) * query.size].tolist(), len(answer), page, pages)

    def neuron(self, neuron: int) -> pd.Series:
        """The row of one neuron.

        Raises:
            VisitorError: if there is no such neuron.
        """
        self.require(neuron)
        return self.neurons.iloc[neuron]

    def require(self, neuron: int) -> None:
        """Raise `VisitorError` if there is no such neuron."""
        if not 0 <= neuron < len(self):
            raise VisitorError(f"atlas {self.name} has neurons 0 to {len(self) - 1:,}, asked for {neuron}: choose one of them")

    def value(self, column: str, neuron: int) -> Any:
        """One neuron's value in a column of `neurons`, in a hundredth of the time that the frame takes.

        Raises:
            VisitorError: if there is no such neuron.
        """
        self.require(neuron)
        if column not in self._columns:
            self._columns[column] = self.neurons[column].array
        return self._columns[column][neuron]

    def distinct(self, column: str) -> tuple[np.ndarray, pd.Series]:
        """A column of texts: the place of every neuron's text among the different ones, and these."""
        return self._distinct(column)

    def percentile(self, neuron: int, similarity: str | None = None) -> float:
        """Share of the ranked neurons, in %, whose MS is at most this one's; NaN where it is not ranked itself."""
        ms = self.ranked_ms(similarity)
        return float("nan") if np.isnan(ms[neuron]) else 100.0 * float((ms <= ms[neuron]).sum()) / float((~np.isnan(ms)).sum())

    def top_images(self, neuron: int, count: int = 16, band: str = "top") -> list[TopImage]:
        """The images of one band, strongest first; fewer than `count` where it fires on fewer."""
        table, rows = self._tops, self._tops.rows(neuron)
        if band not in table.bands:
            return []
        rows = rows[table.band[rows] == table.bands.index(band)][:count]
        images = map(unpacked, table.images[table.image[rows]].tolist())
        return [
            TopImage(*values) for values in zip(images, table.activation[rows].tolist(), table.rank[rows].tolist(), strict=True)
        ]

    def strongest(self) -> Strongest:
        """The images of the band `top` of all neurons."""
        tops = self._tops
        rows = np.flatnonzero(tops.band == tops.bands.index("top")) if "top" in tops.bands else np.arange(0)
        neurons = np.repeat(np.arange(len(self)), np.diff(tops.starts))
        return Strongest(neurons[rows], tops.image[rows], tops.images)

    def bands(self, neuron: int) -> list[str]:
        """The bands that one neuron has images in."""
        return [self._tops.bands[place] for place in dict.fromkeys(self._tops.band[self._tops.rows(neuron)].tolist())]

    def patches(self, neuron: int, band: str = "top") -> list[np.ndarray] | None:
        """Patch activations, (rows, columns) each, of the images `tops` gives; None where the tap has no patches."""
        grid = self.manifest.tap.grid
        rows = self._tops.rows(neuron)
        if grid is None or len(rows) == 0:
            return None
        with self.files.using(TOPS) as path:
            table = read_patches(path, self._tops, rows)
            wanted = table[(table["neuron"] == neuron) & (table["band"] == band)]
            return [np.nan_to_num(np.asarray(patches, np.float32)).reshape(grid) for patches in wanted["patches"]]

    @property
    def _tops(self) -> Tops:
        with self._opening:
            if self._top_images is None:
                with self.files.using(TOPS) as path:
                    self._top_images = read_tops(path, self.manifest)
            return self._top_images

    @property
    def _store(self) -> Path:
        return self.directory.parent / self.manifest.image_store

    def _read_curated(self) -> dict[int, CuratedName]:
        try:
            return read_curated(self.directory, len(self))
        except UserError as error:
            self.problems.append(error)
            return {}

    def _told_apart(self, column: str) -> tuple[np.ndarray, pd.Series]:
        codes, texts = pd.factorize(self.neurons[column])
        return codes, pd.Series(texts)

    def _known(self, similarity: str | None) -> str:
        return similarity if similarity in self.similarities else self.similarities[0]

    def _look_for_images(self) -> None:
        if self.manifest.images and not self._store.is_dir():
            what = f"its image store {self._store.name} is not beside it"
            raise damage(
                self.directory, self.files.owner, what, f"move or copy it to {self._store}, from where the atlas was built"
            )
        CheckedFiles(self._store, self.manifest.images, f"image store of atlas {self.name}").look()
