"""How often and how strongly each neuron fires."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.atlas.tables import HISTOGRAM_BINS, HISTOGRAM_FIRST
from explorer.models.codes import Codes

# half-octaves; what lies outside counts in the bin at that end
EDGES = 2.0 ** (HISTOGRAM_FIRST + torch.arange(HISTOGRAM_BINS + 1) / 2)


class Histogram(NamedTuple):
    """Statistics of the positive activations of every neuron."""

    counts: Int[Tensor, "s bins"]  # images per bin
    density: Float[Tensor, " s"]  # share of the images with a positive activation
    max: Float[Tensor, " s"]  # largest activation; 0 where it never fires
    mean: Float[Tensor, " s"]  # over the images it fires on; NaN where none


@dataclass
class HistogramAccumulator:
    """Counts, sums and maxima of positive activations; they merge exactly, sums to float64's rounding."""

    width: int
    images: int = 0
    _counts: Tensor = field(init=False)
    _sum: Tensor = field(init=False)
    _max: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self._counts = torch.zeros(self.width * HISTOGRAM_BINS, dtype=torch.int64)
        self._sum = torch.zeros(self.width, dtype=torch.float64)
        self._max = torch.zeros(self.width)

    def update(self, codes: Codes) -> None:
        """Add a batch of images."""
        positive = codes.values > 0
        neurons, values = codes.neurons[positive], codes.values[positive]
        bins = (torch.bucketize(values, EDGES, right=True) - 1).clamp(0, HISTOGRAM_BINS - 1)
        self._counts.index_add_(0, neurons * HISTOGRAM_BINS + bins, torch.ones_like(neurons))
        self._sum.index_add_(0, neurons, values.double())
        self._max.scatter_reduce_(0, neurons, values, "amax")
        self.images += len(codes)

    def merge(self, other: "HistogramAccumulator") -> None:
        """Add what another accumulator has seen."""
        self._counts += other._counts
        self._sum += other._sum
        self._max = torch.maximum(self._max, other._max)
        self.images += other.images

    def result(self) -> Histogram:
        """Return the statistics of the images seen so far."""
        counts = self._counts.view(self.width, HISTOGRAM_BINS).clone()
        fired = counts.sum(1)
        return Histogram(counts, (fired / self.images).float(), self._max.clone(), (self._sum / fired).float())
