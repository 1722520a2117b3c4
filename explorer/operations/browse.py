"""Browse: the neurons of an atlas, filtered, sorted, a page at a time."""

from dataclasses import dataclass
from math import isnan
from random import Random

from explorer.atlas.atlas import Atlas
from explorer.atlas.query import Query
from explorer.operations.names import NeuronName, neuron_name
from explorer.operations.results import Result


@dataclass(frozen=True)
class NeuronSummary(Result):
    """The figures of one neuron."""

    neuron: int
    name: NeuronName
    ms: dict[str, float]
    """MonoSemanticity by similarity encoder, the main one first; NaN for a dead neuron."""
    floor: dict[str, float | None]
    """Mean cosine of two random images of the set, by similarity encoder: MS says something from there up; None where unknown."""
    level: int
    """Matryoshka group, 0 = coarsest."""
    density: float
    """Share of the scored images that it fires on."""
    images: int
    """Number of them: MS is of these."""
    strongest: float
    """Largest activation on any scored image."""
    steerability: float | None
    """Share of answers that it brings its word into; None where that was not tried."""
    fit: float | None
    """How well the best word of a vocabulary fits its images, see `NeuronName.score`; below `manifest.FITS` it gives no name."""


@dataclass(frozen=True)
class NeuronPage(Result):
    """One page of neurons."""

    neurons: tuple[NeuronSummary, ...]
    total: int
    """Neurons on all pages."""
    page: int
    """This one, from 0."""
    pages: int


def browse(atlas: Atlas, query: Query) -> NeuronPage:
    """One page of the neurons that a query asks for; a page beyond the last is the last."""
    page = atlas.page(query)
    return NeuronPage(tuple(summarize(atlas, neuron) for neuron in page.neurons), page.total, page.page, page.pages)


def surprise(atlas: Atlas, query: Query, random: Random) -> int | None:
    """A random one of the neurons that a query asks for, on whatever page; None where there is none."""
    neurons = atlas.selection(query)
    return int(neurons[random.randrange(len(neurons))]) if len(neurons) else None


def summarize(atlas: Atlas, neuron: int) -> NeuronSummary:
    """The figures of one neuron.

    Raises:
        VisitorError: if there is no such neuron.
    """
    named = atlas.manifest.names
    density = float(atlas.value("density", neuron))
    return NeuronSummary(
        neuron,
        neuron_name(atlas, neuron),
        {similarity: float(atlas.ms(similarity)[neuron]) for similarity in atlas.similarities},
        {similarity: atlas.floor(similarity) for similarity in atlas.similarities},
        int(atlas.value("level", neuron)),
        density,
        round(density * atlas.manifest.dataset.images),
        float(atlas.value("max", neuron)),
        _number(atlas.value("steerability", neuron)),
        _number(atlas.value("name_score", neuron)) if named and named.calibrated else None,
    )


def _number(value: float) -> float | None:
    """None for NaN."""
    return None if isnan(value) else float(value)
