"""Queries: which neurons of an atlas, in which order."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from explorer.atlas.area import Area, inside
from explorer.atlas.curated import CuratedName
from explorer.atlas.manifest import STEERS, Manifest

SURE = 0.75  # fit of a name, or share of answers that a neuron steers, from which its name is sure
LABELS = 0.5  # share of a neuron's strongest images that must carry a label for it to stand as a name
BEST = "best"
SORTS = {  # name → (column, descending); `ms` is the asked similarity encoder's, and BEST an order of its own
    BEST: ("ms", True),
    "ms": ("ms", True),
    "ms-low": ("ms", False),
    "steers": ("steerability", True),
    "steers-low": ("steerability", False),
    "density": ("density", True),
    "density-low": ("density", False),
    "fit": ("name_score", True),
    "fit-low": ("name_score", False),
    "activation": ("max", True),
    "activation-low": ("max", False),
    "label": ("label_share", True),
    "level": ("level", False),
    "level-high": ("level", True),
    "id": ("neuron", False),
    "id-high": ("neuron", True),
}
EVERY_MS, EVERY_DENSITY = (-1.0, 1.0), (0.0, 1.0)


@dataclass(frozen=True)
class Query:
    """Which neurons, in which order."""

    sort: str = BEST
    """One of SORTS. BEST: by MS the neurons that fire on enough images to be ranked, then the others, most images first."""
    similarity: str | None = None
    """The similarity encoder whose MS is sorted and filtered by; the atlas's first if None."""
    ms: tuple[float, float] = EVERY_MS
    """Least and largest MS, both included. A dead neuron has none: it stays only while this is the whole range."""
    level: int | None = None
    """Only this Matryoshka level."""
    images: int = 0
    """Of the living, only neurons that fire on at least this many images: on fewer, MS tells of those few alone."""
    alive: bool = True
    """Leave out neurons that have no MS."""
    density: tuple[float, float] = EVERY_DENSITY
    """Least and largest share of images that a neuron fires on, both included."""
    steerable: bool = False
    """Only neurons that bring a word into answers often enough to be called by it (`manifest.STEERS`)."""
    named: bool = False
    """Only neurons that are surely named, see `surely_named`."""
    text: str = ""
    """Only neurons with a name, label or steered word that contains this, or of this number; after "#" only the number counts."""
    area: Area = ()
    """Only neurons whose place on the map lies inside this polygon; () for all."""
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


class Queried(Protocol):
    """What is asked: an atlas."""

    manifest: Manifest
    neurons: pd.DataFrame

    @property
    def least_images(self) -> int: ...

    curated: dict[int, CuratedName]

    def ms(self, similarity: str | None = None) -> np.ndarray: ...

    def ranked_ms(self, similarity: str | None = None) -> np.ndarray: ...

    def fires_on(self) -> np.ndarray: ...

    def distinct(self, column: str) -> tuple[np.ndarray, pd.Series]: ...


def order(atlas: Queried, sort: str, similarity: str | None) -> np.ndarray:
    """All neurons, sorted; those without a value come last. Of equal ones the lower number first, by BEST that of more images."""
    if sort not in SORTS or sort == BEST:
        return np.lexsort((-atlas.fires_on(), -atlas.ranked_ms(similarity)))  # the last key counts first; NaN sorts last
    column, descending = SORTS[sort]
    values = atlas.ms(similarity) if column == "ms" else atlas.neurons[column].to_numpy()
    return np.argsort(-values if descending else values, kind="stable")  # NaN sorts last either way


def matches(atlas: Queried, query: Query) -> np.ndarray:
    """Whether each neuron is asked for: one boolean a neuron, by number."""
    ms, neurons = atlas.ms(query.similarity), atlas.neurons
    found = _within(ms, query.ms) & (atlas.fires_on() >= query.images)  # False for NaN
    if not query.alive and query.ms == EVERY_MS:
        found |= np.isnan(ms)
    if query.density != EVERY_DENSITY:
        found &= _within(neurons["density"].to_numpy(), query.density)
    if query.level is not None:
        found &= neurons["level"].to_numpy() == query.level
    if query.steerable:
        found &= neurons["steerability"].to_numpy() >= STEERS
    if query.named:
        found &= surely_named(atlas)
    if query.area:
        found &= _placed(atlas, query.area)
    return found & _mentions(atlas, query.text) if query.text.strip() else found


def surely_named(atlas: Queried) -> np.ndarray:
    """Whether each neuron's name is sure: a person's; a word that it steers to or that fits its images, by SURE or more; or a
    label that at least half of its strongest images carry, where it fires on enough images to be ranked."""
    neurons, names = atlas.neurons, atlas.manifest.names
    sure = neurons["steerability"].to_numpy() >= SURE
    if names and names.calibrated:
        sure |= neurons["name_score"].to_numpy() >= SURE
    sure[list(atlas.curated)] = True
    labelled = (neurons["label"] != "").to_numpy(bool) & (neurons["label_share"].to_numpy() >= LABELS)
    return sure | (labelled & (atlas.fires_on() >= atlas.least_images))


def _within(values: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    return (values >= bounds[0]) & (values <= bounds[1])


def _placed(atlas: Queried, area: Area) -> np.ndarray:
    """Whether each neuron lies in an area of the map; no neuron does where there is no map."""
    if "map_x" not in atlas.neurons:
        return np.zeros(len(atlas.neurons), bool)
    return inside(atlas.neurons["map_x"].to_numpy(), atlas.neurons["map_y"].to_numpy(), area)


def _mentions(atlas: Queried, text: str) -> np.ndarray:
    wanted = text.strip()
    number = wanted.removeprefix("#")
    is_it = atlas.neurons["neuron"].to_numpy() == (int(number) if number.isdecimal() else -1)
    return is_it if wanted.startswith("#") else is_it | _labelled(atlas, wanted)


def _labelled(atlas: Queried, text: str) -> np.ndarray:
    found = np.zeros(len(atlas.neurons), bool)
    for codes, texts in map(atlas.distinct, ("label", "name", "steers")):
        found |= texts.str.contains(text, case=False, regex=False).to_numpy(dtype=bool)[codes]
    found[[neuron for neuron, given in atlas.curated.items() if text.casefold() in given.name.casefold()]] = True
    return found
