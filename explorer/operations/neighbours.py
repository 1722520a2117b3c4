"""Neighbours: the neurons beside one, by direction, by images and by firing together, and those that nearly equal it."""

from dataclasses import dataclass

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.atlas.indexes import concepts_of
from explorer.operations.results import Result

BY_IMAGES = 8  # as many as `build` records of the other two kinds
SAME_DIRECTION = 0.8  # cosine of two decoder rows, 37°, from which on two neurons count as near-duplicates
SAME_IMAGES = 0.5  # Jaccard index above which they do: the paper's own mark for sets of images (PAPER.md §3, uniqueness)


@dataclass(frozen=True)
class Neighbour(Result):
    """A neuron beside another."""

    neuron: int
    share: float
    """How near: a cosine, or the share of images that both fire on (Jaccard index)."""


@dataclass(frozen=True)
class Duplicate(Result):
    """A neuron that nearly equals another, by at least one of two measures."""

    neuron: int
    cosine: float | None
    """Of the decoder directions, where it is SAME_DIRECTION or more."""
    shared: float | None
    """Jaccard index of the images that the two fire on, where it is above SAME_IMAGES."""


@dataclass(frozen=True)
class Neighbours(Result):
    """The neurons beside one, nearest first."""

    nearest: tuple[Neighbour, ...]
    """By cosine of the decoder directions."""
    nearest_by_images: tuple[Neighbour, ...]
    """By cosine of the mean embeddings of the two neurons' images, as the first similarity encoder sees them."""
    cofiring: tuple[Neighbour, ...]
    """By the share of images that both fire on."""
    duplicates: tuple[Duplicate, ...]
    """Of these neighbours, the near-duplicates."""


def neighbours(atlas: Atlas, number: int) -> Neighbours:
    """The neurons beside one.

    Raises:
        UserError: if there is no such neuron, or the index of the images' embeddings is damaged.
    """
    row = atlas.neuron(number)
    nearest = _recorded(row["nearest"], row["nearest_cosine"])
    cofiring = _recorded(row["cofiring"], row["cofiring_share"])
    return Neighbours(nearest, _by_images(atlas, number), cofiring, _duplicates(nearest, cofiring))


def _recorded(neurons: object, shares: object) -> tuple[Neighbour, ...]:
    numbers, values = np.asarray(neurons).tolist(), np.asarray(shares, np.float64).tolist()
    return tuple(Neighbour(int(number), value) for number, value in zip(numbers, values, strict=True))


def _by_images(atlas: Atlas, number: int) -> tuple[Neighbour, ...]:
    concepts = concepts_of(atlas)
    own = concepts.vector(number)
    if not own.any():
        return ()
    found = concepts.nearest(own[None], BY_IMAGES + 1)
    pairs = zip(found.neurons[0].tolist(), found.cosine[0].tolist(), strict=True)
    alive = atlas.neurons["max"].to_numpy() > 0
    return tuple(Neighbour(other, cosine) for other, cosine in pairs if other not in (number, -1) and alive[other])[:BY_IMAGES]


def _duplicates(nearest: tuple[Neighbour, ...], cofiring: tuple[Neighbour, ...]) -> tuple[Duplicate, ...]:
    cosines = {other.neuron: other.share for other in nearest if other.share >= SAME_DIRECTION}
    shares = {other.neuron: other.share for other in cofiring if other.share > SAME_IMAGES}
    both = dict.fromkeys([*shares, *cosines])
    return tuple(Duplicate(other, cosines.get(other), shares.get(other)) for other in both)
