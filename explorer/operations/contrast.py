"""Contrast: two images → the neurons that fire on both, and those that fire on one of them alone."""

from dataclasses import dataclass

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.images import NamedImage
from explorer.operations.read import Fired, Order, ReadNeuron, missed
from explorer.operations.results import Result

EACH = 12  # neurons of each kind, unless told


@dataclass(frozen=True)
class SharedNeuron(Result):
    """A neuron that fires on both images."""

    first: ReadNeuron
    second: ReadNeuron


@dataclass(frozen=True)
class Contrast(Result):
    """What two images share by an atlas's neurons, and what they do not; each kind in the order asked for."""

    shared: tuple[SharedNeuron, ...]
    """By the lesser of the two: a neuron is shared as far as it fires on both."""
    only_first: tuple[ReadNeuron, ...]
    only_second: tuple[ReadNeuron, ...]
    counts: tuple[int, int, int]
    """How many there are of each kind."""
    r2: tuple[float | None, float | None]
    """Of each image, as of a `Reading`."""
    missed: tuple[np.ndarray | None, np.ndarray | None]
    """The same."""


def contrast(
    pool: ModelPool, atlas: Atlas, first: NamedImage, second: NamedImage, limit: int = EACH, order: Order = "strongest"
) -> Contrast:
    """Read two images and compare which neurons fire.

    Args:
        limit: neurons of each kind at most.
        order: by activation, or by how unusual that is for the neuron.

    Raises:
        UserError: if the atlas has no encoder, or it cannot be loaded.
    """
    if limit < 1:
        raise VisitorError(f"asked for {limit} neurons: choose a number of at least 1")
    reader = pool.neuron_reader(atlas)
    with pool.turns.turn():
        codes = [reader.encode_named(image.key, image.load) for image in (first, second)]
        here, there = (Fired(atlas, reader, one) for one in codes)
        shared = _shared(here, there, order)
        alone = [_alone(one, other, order) for one, other in ((here, there), (there, here))]
        pairs = zip(here.of(shared[:limit]), there.of(shared[:limit]), strict=True)
        losses = [missed(one, reader.grid) for one in codes]
        return Contrast(
            tuple(SharedNeuron(*pair) for pair in pairs),
            here.of(alone[0][:limit]),
            there.of(alone[1][:limit]),
            (len(shared), len(alone[0]), len(alone[1])),
            (losses[0][0], losses[1][0]),
            (losses[0][1], losses[1][1]),
        )


def _shared(here: Fired, there: Fired, order: Order) -> np.ndarray:
    """The neurons that fire on both, by the worse of their places in the two images' orders."""
    places = [np.argsort(one.ranked(order), kind="stable") for one in (here, there)]
    shared, at_first, at_second = np.intersect1d(here.neurons, there.neurons, assume_unique=True, return_indices=True)
    worse = np.maximum(places[0][at_first], places[1][at_second])
    return shared[np.argsort(worse, kind="stable")]


def _alone(one: Fired, other: Fired, order: Order) -> np.ndarray:
    ranked = one.neurons[one.ranked(order)]
    return ranked[~np.isin(ranked, other.neurons)]
