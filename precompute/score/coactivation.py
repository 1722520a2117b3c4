"""Which neurons fire on the same images."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.models.codes import Codes


class Cofiring(NamedTuple):
    """The neurons that share most images with each neuron, as compressed sparse rows over neurons."""

    starts: Int[Tensor, "s+1"]
    neurons: Int[Tensor, " n"]  # within a row the largest share first
    share: Float[Tensor, " n"]  # Jaccard index of the two sets of images


@dataclass
class CofiringAccumulator:
    """Counts n_ij of images on which neurons i and j both fire, as a sparse matrix; share = n_ij / (n_i + n_j − n_ij).

    Of each image its `strongest` neurons count as firing: pooled over patches hundreds do, the pairs of which nobody wants.

    Args:
        width: number of neurons.
        k: neighbours reported per neuron.
        strongest: neurons counted per image.
    """

    width: int
    k: int = 8
    strongest: int = 32
    _fired: Tensor = field(init=False)
    _pairs: Tensor = field(init=False)  # i · width + j with i < j, ascending
    _together: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self._fired = torch.zeros(self.width, dtype=torch.int64)
        self._pairs, self._together = torch.empty(0, dtype=torch.int64), torch.empty(0, dtype=torch.int64)

    def update(self, codes: Codes) -> None:
        """Add a batch of images."""
        codes = codes.strongest(self.strongest)
        self._fired += torch.bincount(codes.neurons, minlength=self.width)
        place = torch.arange(len(codes.neurons))
        behind = codes.starts[1:][codes.rows] - place - 1  # entries after each in its row: its partners
        first = torch.repeat_interleave(place, behind)
        partner = first + 1 + torch.arange(len(first)) - torch.repeat_interleave(behind.cumsum(0) - behind, behind)
        pairs = codes.neurons[first] * self.width + codes.neurons[partner]  # ascending within a row, so i < j
        self._add(pairs, torch.ones_like(pairs))

    def merge(self, other: "CofiringAccumulator") -> None:
        """Add all that another accumulator saw."""
        self._fired += other._fired
        self._add(other._pairs, other._together)

    def result(self) -> Cofiring:
        """The closest neighbours of what was seen so far."""
        i, j = self._pairs // self.width, self._pairs % self.width
        share = self._together / (self._fired[i] + self._fired[j] - self._together)
        neuron, other, share = torch.cat([i, j]), torch.cat([j, i]), torch.cat([share, share])
        order = torch.argsort(other, stable=True)
        order = order[torch.argsort(share[order], descending=True, stable=True)]
        order = order[torch.argsort(neuron[order], stable=True)]
        neuron = neuron[order]
        kept = torch.arange(len(order)) - torch.searchsorted(neuron, neuron) < self.k
        starts = torch.searchsorted(neuron[kept], torch.arange(self.width + 1))
        return Cofiring(starts, other[order][kept], share[order][kept].float())

    def _add(self, pairs: Tensor, counts: Tensor) -> None:
        self._pairs, where = torch.unique(torch.cat([self._pairs, pairs]), return_inverse=True)
        self._together = torch.zeros_like(self._pairs).index_add_(0, where, torch.cat([self._together, counts]))
