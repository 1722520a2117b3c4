"""Directions to hold a neuron's against: the difference of two means ("DiffMean", PAPER.md §5), an original dimension, chance."""

from collections.abc import Collection, Sequence
from itertools import islice
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.atlas.atlas import Atlas
from explorer.atlas.tops import MOST_TOPS
from explorer.errors import VisitorError

IMAGES = 16  # with the concept, and without: as many as a neuron's page shows


class Contrast(NamedTuple):
    """Images (content hashes) that a neuron fires on most, and others that it is not known to fire on."""

    with_it: list[str]
    without: list[str]


def contrast(atlas: Atlas, neuron: int, count: int = IMAGES) -> Contrast:
    """The strongest images of a neuron, and as many that are in none of its bands.

    Those without are taken in the order of their hashes, which no content decides.

    Raises:
        VisitorError: if every image of the atlas is in one of its bands.
    """
    fired = {top.image for band in atlas.bands(neuron) for top in atlas.top_images(neuron, MOST_TOPS, band)}
    return Contrast([top.image for top in atlas.top_images(neuron, count)], _others(atlas, fired, count))


def contrast_of(atlas: Atlas, images: Sequence[str], count: int = IMAGES) -> Contrast:
    """Images that somebody chose for a concept, and others of the atlas, in the order of their hashes.

    Raises:
        VisitorError: as `check_concept`, or if they are all images of the atlas.
    """
    check_concept(atlas, images)
    return Contrast(list(images), _others(atlas, set(images), count))


def check_concept(atlas: Atlas, images: Sequence[str]) -> None:
    """Look the images of a concept up, and read no others.

    Raises:
        VisitorError: if there is none, or one that is not the atlas's.
    """
    if not images or not all(image in atlas.images for image in images):
        raise VisitorError(f"the images of this concept are not images of atlas {atlas.name}: choose some of its own")


def _others(atlas: Atlas, images: Collection[str], count: int) -> list[str]:
    others = list(islice((image for image in atlas.images if image not in images), count))  # the store gives them sorted
    if not others:
        raise VisitorError(f"all images of atlas {atlas.name} show the concept: choose one that some do not show, to compare")
    return others


def diff_mean(with_nd: Float[Tensor, "n d"], without_nd: Float[Tensor, "m d"]) -> Float[Tensor, " d"]:
    """The mean of the vectors with a concept less the mean of those without, at unit length.

    Raises:
        VisitorError: if the two means are the same, so that there is no direction.
    """
    step_d = with_nd.mean(0) - without_nd.mean(0)
    if not step_d.norm() > 0:
        raise VisitorError("the images with and without the concept have the same mean activation: there is no direction between")
    return F.normalize(step_d, dim=0)


def original_dimension(with_nd: Float[Tensor, "n d"], without_nd: Float[Tensor, "m d"]) -> Float[Tensor, " d"]:
    """The axis of the encoder's own dimension that tells a concept best, the no-SAE neuron of it, at unit length.

    Best is where the two means are farthest apart in standard deviations of all the vectors; the axis points to those with it.

    Raises:
        VisitorError: if no dimension varies.
    """
    spread_d = torch.cat([with_nd, without_nd]).std(0)
    if not spread_d.max() > 0:
        raise VisitorError("the images with and without the concept have the same mean activation: no dimension tells them apart")
    apart_d = torch.where(spread_d > 0, (with_nd.mean(0) - without_nd.mean(0)) / spread_d, 0.0)
    best = apart_d.abs().argmax()
    return F.one_hot(best, len(apart_d)) * apart_d[best].sign()


def random_direction(width: int, seed: int) -> Float[Tensor, " d"]:
    """A direction drawn evenly from all, on the CPU: the same seed gives the same one."""
    return F.normalize(torch.randn(width, generator=torch.Generator().manual_seed(seed)), dim=0)
