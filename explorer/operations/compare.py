"""Compare: two atlases side by side, with the nearest counterparts across them; or several neurons of any atlases."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from explorer.atlas.atlas import Atlas, Strongest
from explorer.atlas.indexes import concepts_of
from explorer.atlas.query import Query
from explorer.errors import VisitorError
from explorer.operations.browse import NeuronSummary, browse, summarize
from explorer.operations.results import Result

SHOWN = 4  # best and worst neurons of an atlas
COUNTERPARTS = 8
MOST_NEURONS = 8  # side by side
TWO_NEEDED = "Choose another atlas to compare with: this one would be compared with itself."
NEURONS_NEEDED = "Name at least one neuron, as ATLAS:NUMBER; the + of any card adds it to the compare tray."

Measure = Literal["images", "concepts", "none"]


@dataclass(frozen=True)
class Side(Result):
    """One of two atlases in figures, its MS by the first similarity encoder that both have, or else its own first."""

    atlas: str
    encoder: str
    tap: str
    sae: str
    neurons: int
    images: int
    similarity: str
    best_ms: float | None
    """Of the ranked neurons, see `explorer.atlas.ranking`; None where none is."""
    mean_ms: float | None
    floor: float | None
    """Mean cosine of two random images of the set."""
    r2: float | None
    """Share of the activations' variance that the SAE reproduces; None for a baseline."""
    l0: float
    """Mean number of neurons active at once."""
    dead: int
    alike_pairs: int
    """Pairs of neurons whose sets of top images have a Jaccard index above 0.5."""
    best: tuple[NeuronSummary, ...]
    worst: tuple[NeuronSummary, ...]


@dataclass(frozen=True)
class Counterpart(Result):
    """A neuron of the first atlas, and the one of the second that is most like it."""

    neuron: NeuronSummary
    other: NeuronSummary | None
    """None where no neuron is like it at all."""
    likeness: float
    """Jaccard index of their top images, or cosine of their mean images, as `Comparison.measure` says."""


@dataclass(frozen=True)
class Comparison(Result):
    """Two atlases."""

    sides: tuple[Side, Side]
    same_images: bool
    similarity: str | None
    """The similarity encoder that both have; None: their MS are by different ones, and not to be compared."""
    measure: Measure
    """images: counterparts share top images. concepts: their mean images are alike under the first E, which both have. none: the
    atlases have neither images nor E in common, so there are no counterparts."""
    counterparts: tuple[Counterpart, ...]
    """Of the best neurons of the first atlas."""


@dataclass(frozen=True)
class Together(Result):
    """Several neurons side by side."""

    atlases: tuple[str, ...]
    neurons: tuple[NeuronSummary, ...]
    shared: np.ndarray
    """(neurons, neurons): Jaccard index of their top images; 0 also where the atlases are of different images."""


def compare(left: Atlas, right: Atlas) -> Comparison:
    """Two atlases side by side.

    Raises:
        VisitorError: if they are the same.
        UserError: if an index of theirs is damaged.
    """
    if left is right:
        raise VisitorError(TWO_NEEDED)
    common = next((name for name in left.similarities if _weights(left, name) == _weights(right, name) is not None), None)
    same_images = left.manifest.dataset.fingerprint == right.manifest.dataset.fingerprint
    same_e = left.manifest.similarity[0].weights == right.manifest.similarity[0].weights
    measure: Measure = "images" if same_images else "concepts" if same_e else "none"
    best = left.page(Query(size=COUNTERPARTS)).neurons
    pairs = {"images": _by_images, "concepts": _by_concepts, "none": _no_pairs}[measure](left, right, best)
    counterparts = [
        Counterpart(summarize(left, neuron), None if other < 0 else summarize(right, other), likeness)
        for neuron, (other, likeness) in zip(best, pairs, strict=False)
    ]
    return Comparison((_side(left, common), _side(right, common)), same_images, common, measure, tuple(counterparts))


def together(neurons: Sequence[tuple[Atlas, int]]) -> Together:
    """Several neurons of any atlases side by side, the first MOST_NEURONS of them.

    Raises:
        VisitorError: if there is none, or an atlas has no such neuron.
    """
    if not neurons:
        raise VisitorError(NEURONS_NEEDED)
    chosen = list(dict.fromkeys(neurons))[:MOST_NEURONS]
    sets = [{top.image for top in atlas.top_images(neuron)} for atlas, neuron in chosen]
    shared = np.array([[_jaccard(one, other) for other in sets] for one in sets])
    return Together(tuple(atlas.name for atlas, _ in chosen), tuple(summarize(atlas, neuron) for atlas, neuron in chosen), shared)


def _side(atlas: Atlas, common: str | None) -> Side:
    m, name = atlas.manifest, common or atlas.similarities[0]
    best = browse(atlas, Query(similarity=name, size=SHOWN)).neurons
    worst = browse(atlas, Query(sort="ms-low", similarity=name, images=max(1, atlas.least_images), size=SHOWN)).neurons
    ms = m.metrics.ms[name]
    return Side(
        atlas.name,
        m.encoder.name,
        m.tap.name,
        m.sae.kind,
        len(atlas),
        m.dataset.images,
        name,
        ms.best,
        ms.mean,
        ms.floor,
        m.metrics.r2,
        m.metrics.l0,
        m.metrics.dead,
        m.metrics.alike_pairs,
        best,
        worst,
    )


def _weights(atlas: Atlas, similarity: str) -> str | None:
    """What tells whether two similarity encoders of one name are the same."""
    return next((info.weights for info in atlas.manifest.similarity if info.name == similarity), None)


def _by_images(left: Atlas, right: Atlas, neurons: Sequence[int]) -> list[tuple[int, float]]:
    """For each neuron the one of the other atlas with the largest Jaccard index of top images; −1 where none shares one."""
    mine, others = left.strongest(), right.strongest()
    sizes = np.bincount(others.neurons, minlength=len(right))
    return [_nearest(mine.images[mine.image[mine.neurons == neuron]], others, sizes) for neuron in neurons]


def _nearest(images: np.ndarray, others: Strongest, sizes: Int[np.ndarray, " s"]) -> tuple[int, float]:
    shown = np.isin(others.images, images)
    both = np.bincount(others.neurons[shown[others.image]], minlength=len(sizes))
    jaccard: Float[np.ndarray, " s"] = both / np.maximum(1, len(images) + sizes - both)
    best = int(jaccard.argmax())
    return (best, float(jaccard[best])) if both[best] else (-1, 0.0)


def _by_concepts(left: Atlas, right: Atlas, neurons: Sequence[int]) -> list[tuple[int, float]]:
    """The same by the cosine of mean images under the first similarity encoder, which is the same."""
    mine, others, alive = concepts_of(left), concepts_of(right), np.flatnonzero(right.fires_on() > 0)
    if mine.width != others.width or not len(alive):
        return _no_pairs(left, right, neurons)
    found = others.nearest(np.stack([mine.vector(neuron) for neuron in neurons]), 1, alive) if neurons else None
    return [] if found is None else list(zip(found.neurons[:, 0].tolist(), found.cosine[:, 0].tolist(), strict=True))


def _no_pairs(left: Atlas, right: Atlas, neurons: Sequence[int]) -> list[tuple[int, float]]:
    return []


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0
