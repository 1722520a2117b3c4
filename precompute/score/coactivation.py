"""Pairs of neurons that fire on the same images, or have the same top images; counted through the images that they share."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.models.codes import Codes
from precompute.score.hashing import mix
from precompute.score.largest import Ranked, ranks

PAIRS_AT_ONCE = 2**22  # pairs listed at a time, before equal ones are counted: about 150 MB


class Shared(NamedTuple):
    """Pairs of different neurons that share images; every pair once in either order."""

    first: Int[Tensor, " n"]  # ascending
    second: Int[Tensor, " n"]  # ascending within a first
    images: Int[Tensor, " n"]  # how many they share, 1 or more
    jaccard: Float[Tensor, " n"]  # shared images / images of either; float64


class Cofiring(NamedTuple):
    """The neurons that share most images with each neuron, as compressed sparse rows over neurons."""

    starts: Int[Tensor, "s+1"]
    neurons: Int[Tensor, " n"]  # within a row the largest share first
    share: Float[Tensor, " n"]  # Jaccard index of the two sets of images


class Overlap(NamedTuple):
    """How far the neurons' top images are the same ones (PAPER.md §3, "Uniqueness")."""

    pairs: int  # of neurons that have top images
    overlapping: int  # pairs with Jaccard > 0
    alike: int  # pairs with Jaccard > 0.5
    first: Int[Tensor, " n"]  # the alike pairs, first < second
    second: Int[Tensor, " n"]
    jaccard: Float[Tensor, " n"]


@dataclass
class CofiringAccumulator:
    """Share of two neurons = images on which both fire / images on which either does, over a sample of images.

    Of each image its `strongest` neurons count as firing; pooled over patches hundreds fire, and their pairs mean little.
    The accumulator keeps these lists for the `sample` images whose list has the largest hash. So memory is bounded, which counts
    of pairs would not be, and the sample does not depend on the order of batches and merges. Up to `sample` images, all count.

    Args:
        width: number of neurons s.
        k: neighbours reported per neuron.
        strongest: neurons counted per image.
        sample: images kept.
    """

    width: int
    k: int = 8
    strongest: int = 32
    sample: int = 65_536
    _lists_nk: Tensor = field(init=False)  # (images kept, strongest) neurons, −1 where there are fewer
    _hashes_n: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self._lists_nk = torch.empty(0, self.strongest, dtype=torch.int32)
        self._hashes_n = torch.empty(0, dtype=torch.int64)

    def update(self, codes: Codes) -> None:
        """Add a batch of images."""
        codes = codes.strongest(self.strongest)
        rows = codes.rows
        lists_bk = torch.full((len(codes), self.strongest), -1, dtype=torch.int32)
        lists_bk[rows, torch.arange(len(rows)) - codes.starts[rows]] = codes.neurons.int()
        spread = (mix(codes.neurons) << 31) + mix(codes.neurons + codes.width)
        hashes_b = torch.zeros(len(codes), dtype=torch.int64).index_add_(0, rows, spread)  # of a set: sums wrap, order-free
        self._add(lists_bk, hashes_b)

    def merge(self, other: "CofiringAccumulator") -> None:
        """Add what another accumulator has seen."""
        self._add(other._lists_nk, other._hashes_n)

    def result(self) -> Cofiring:
        """Return the closest neighbours over the images seen so far."""
        images, places = (self._lists_nk >= 0).nonzero(as_tuple=True)
        pairs = [self._closest(shared) for shared in shared_images(self._lists_nk[images, places].long(), images, self.width)]
        neurons, others, share = (torch.cat(parts) for parts in zip(*pairs, strict=True)) if pairs else torch.empty(3, 0)
        starts = torch.searchsorted(neurons, torch.arange(self.width + 1))
        return Cofiring(starts, others.long(), share.float())

    def _add(self, lists_nk: Tensor, hashes_n: Tensor) -> None:
        lists_nk, hashes_n = torch.cat([self._lists_nk, lists_nk]), torch.cat([self._hashes_n, hashes_n])
        if len(hashes_n) > self.sample:
            hashes_n, kept = hashes_n.topk(self.sample)  # of equal hashes the lists are equal: either will do
            lists_nk = lists_nk[kept]
        self._lists_nk, self._hashes_n = lists_nk, hashes_n

    def _closest(self, shared: Shared) -> tuple[Tensor, Tensor, Tensor]:
        order = torch.argsort(shared.jaccard, descending=True, stable=True)
        order = order[torch.argsort(shared.first[order], stable=True)]
        order = order[ranks(shared.first[order], self.width) < self.k]
        return shared.first[order], shared.second[order], shared.jaccard[order]


def top_set_jaccard(top_images: Ranked) -> Overlap:
    """Return the overlap of the neurons' sets of top images, over all pairs of neurons, without a matrix of pairs."""
    width = int(top_images.neurons.max()) + 1 if len(top_images.neurons) else 0
    living, overlapping, alike = len(top_images.neurons.unique()), 0, []
    for shared in shared_images(top_images.neurons, top_images.images, width):
        once = shared.first < shared.second
        overlapping += int(once.sum())
        close = once & (shared.jaccard > 0.5)
        alike.append((shared.first[close], shared.second[close], shared.jaccard[close]))
    first, second, jaccard = (torch.cat(parts) for parts in zip(*alike, strict=True)) if alike else torch.empty(3, 0)
    return Overlap(living * (living - 1) // 2, overlapping, len(first), first.long(), second.long(), jaccard)


def shared_images(neurons: Int[Tensor, " n"], images: Int[Tensor, " n"], width: int) -> Iterator[Shared]:
    """Yield pairs of neurons that share images, from a list of different (neuron, image); all pairs of a first neuron together.

    The cost is the number of pairs within images, not of all pairs of neurons: the partners of an entry are the entries of its
    image.
    """
    images, order = images.unique(return_inverse=True)[1].sort(stable=True)
    of_image = neurons[order]  # neurons image by image
    crowd = torch.bincount(images)
    start = crowd.cumsum(0) - crowd
    neurons, order = of_image.sort(stable=True)
    images = images[order]
    fired = torch.bincount(neurons, minlength=width)
    for block in _blocks(neurons, crowd[images]):
        partners = crowd[images[block]]
        within = torch.arange(int(partners.sum())) - torch.repeat_interleave(partners.cumsum(0) - partners, partners)
        others = of_image[torch.repeat_interleave(start[images[block]], partners) + within]
        keys = torch.repeat_interleave(neurons[block], partners) * width + others
        keys, together = keys.unique(return_counts=True)
        first, second = keys // width, keys % width
        apart = first != second
        first, second, together = first[apart], second[apart], together[apart]
        yield Shared(first, second, together, together.double() / (fired[first] + fired[second] - together))


def _blocks(neurons: Tensor, cost: Tensor) -> Iterator[slice]:
    """Yield runs of entries of about PAIRS_AT_ONCE pairs each; a neuron is never split."""
    spent, start = cost.cumsum(0), 0
    while start < len(neurons):
        before = int(spent[start - 1]) if start else 0
        stop = int(torch.searchsorted(spent, before + PAIRS_AT_ONCE, right=True))
        last = neurons[min(max(stop, start + 1), len(neurons)) - 1]
        stop = int(torch.searchsorted(neurons, last, right=True))
        yield slice(start, stop)
        start = stop
