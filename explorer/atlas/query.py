"""Queries: which neurons of an atlas, in which order."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from explorer.atlas.curated import CuratedName

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
    """Only neurons with a name, label or steered word that contains this, or of this number; after "#" only the number counts."""
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

    @property
    def neurons(self) -> pd.DataFrame: ...

    curated: dict[int, CuratedName]

    def ms(self, similarity: str | None = None) -> np.ndarray: ...

    def fires_on(self) -> np.ndarray: ...


def order(atlas: Queried, sort: str, similarity: str | None) -> np.ndarray:
    """All neurons, sorted; those without a value come last."""
    column, descending = SORTS.get(sort, SORTS["ms"])
    values = atlas.ms(similarity) if column == "ms" else atlas.neurons[column].to_numpy()
    return np.argsort(-values if descending else values, kind="stable")  # NaN sorts last either way


def matches(atlas: Queried, query: Query) -> np.ndarray:
    """Whether each neuron is asked for: one boolean a neuron, by number."""
    ms = atlas.ms(query.similarity)
    low, high = query.ms
    found = (ms >= low) & (ms <= high) & (atlas.fires_on() >= query.images)  # False for NaN
    if not query.alive and (low, high) == (-1.0, 1.0):
        found |= np.isnan(ms)
    if query.level is not None:
        found &= atlas.neurons["level"].to_numpy() == query.level
    return found & _mentions(atlas, query.text) if query.text.strip() else found


def _mentions(atlas: Queried, text: str) -> np.ndarray:
    wanted = text.strip()
    number = wanted.removeprefix("#")
    is_it = atlas.neurons["neuron"].to_numpy() == (int(number) if number.isdecimal() else -1)
    return is_it if wanted.startswith("#") else is_it | _labelled(atlas, wanted)


def _labelled(atlas: Queried, text: str) -> np.ndarray:
    called = [atlas.neurons[column].str.contains(text, case=False, regex=False) for column in ("label", "name", "steers")]
    found = np.logical_or.reduce([mask.to_numpy(dtype=bool) for mask in called])
    found[[neuron for neuron, given in atlas.curated.items() if text.casefold() in given.name.casefold()]] = True
    return found
