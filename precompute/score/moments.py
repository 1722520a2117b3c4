"""Sums of each neuron's activations, and the same sums after min-max scaling."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.models.codes import Codes


class Scaled(NamedTuple):
    """Sums over ã = (a − low) / span, per neuron; float64 unless noted. A constant neuron has span 0 and all its ã are 0."""

    low_s: Float[Tensor, " s"]  # the smallest activation
    span_s: Float[Tensor, " s"]  # the largest minus the smallest
    sum_s: Float[Tensor, " s"]  # Σ ã
    squares_s: Float[Tensor, " s"]  # Σ ã²
    positive_s: Int[Tensor, " s"]  # images with ã > 0, counted exactly


@dataclass
class MomentsAccumulator:
    """Keeps n, Σ a, Σ a², min, max and how many images are at the min, per neuron; from them, with low and span,

        Σ ã = (Σ a − n low) / span        Σ ã² = (Σ a² − 2 low Σ a + n low²) / span²

    Images that codes do not list a neuron for have activation 0: they are counted, never stored. Sums are float64: where
    activations vary by a share r of their size, the sums keep about 16 + 2 log₁₀ r digits.

    Args:
        width: number of neurons s.
    """

    width: int
    images: int = 0
    _sum_s: Tensor = field(init=False)
    _squares_s: Tensor = field(init=False)
    _low_s: Tensor = field(init=False)  # of the listed activations, as are the next three
    _high_s: Tensor = field(init=False)
    _at_low_s: Tensor = field(init=False)
    _listed_s: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self._sum_s, self._squares_s = torch.zeros(2, self.width, dtype=torch.float64).unbind()
        self._low_s = torch.full((self.width,), torch.inf, dtype=torch.float64)
        self._high_s = torch.full((self.width,), -torch.inf, dtype=torch.float64)
        self._at_low_s, self._listed_s = torch.zeros(2, self.width, dtype=torch.int64).unbind()

    def update(self, codes: Codes) -> None:
        """Add a batch of images."""
        neurons, a = codes.neurons, codes.values.double()
        low_s = torch.full_like(self._low_s, torch.inf).scatter_reduce_(0, neurons, a, "amin")
        self._take_low(low_s, torch.bincount(neurons[a == low_s[neurons]], minlength=self.width))
        self._high_s.scatter_reduce_(0, neurons, a, "amax")
        self._sum_s.index_add_(0, neurons, a)
        self._squares_s.index_add_(0, neurons, a.square())
        self._listed_s += torch.bincount(neurons, minlength=self.width)
        self.images += len(codes)

    def update_dense(self, a_bs: Float[Tensor, "b s"]) -> None:
        """Add a batch of at least one image, every activation listed; float64."""
        low_s = a_bs.amin(0)
        self._take_low(low_s, (a_bs == low_s).sum(0))
        self._high_s = torch.maximum(self._high_s, a_bs.amax(0))
        self._sum_s += a_bs.sum(0)
        self._squares_s += torch.linalg.vector_norm(a_bs, dim=0).square()
        self._listed_s += len(a_bs)
        self.images += len(a_bs)

    def merge(self, other: "MomentsAccumulator") -> None:
        """Add what another accumulator has seen."""
        self._take_low(other._low_s, other._at_low_s)
        self._high_s = torch.maximum(self._high_s, other._high_s)
        self._sum_s += other._sum_s
        self._squares_s += other._squares_s
        self._listed_s += other._listed_s
        self.images += other.images

    def result(self) -> Scaled:
        """Return the sums over the images seen so far; of no images, zeros."""
        n, silent_s = self.images, self.images - self._listed_s  # silent: images on which the activation is exactly 0
        low_s = torch.where(silent_s > 0, self._low_s.clamp(max=0), self._low_s)
        high_s = torch.where(silent_s > 0, self._high_s.clamp(min=0), self._high_s)
        at_low_s = torch.where(self._low_s == low_s, self._at_low_s, 0) + torch.where(low_s == 0, silent_s, 0)
        varies_s = high_s > low_s
        low_s = torch.where(low_s.isfinite(), low_s, 0)
        span_s = torch.where(varies_s, high_s - low_s, 0)
        scale_s = torch.where(varies_s, 1 / span_s, 0)
        sum_s = (self._sum_s - n * low_s) * scale_s
        squares_s = (self._squares_s - 2 * low_s * self._sum_s + n * low_s.square()) * scale_s.square()
        return Scaled(low_s, span_s, sum_s, squares_s, n - at_low_s)

    def _take_low(self, low_s: Tensor, at_low_s: Tensor) -> None:
        same_s = torch.where(low_s == self._low_s, at_low_s, 0)
        self._at_low_s = torch.where(low_s < self._low_s, at_low_s, self._at_low_s + same_s)
        self._low_s = torch.minimum(self._low_s, low_s)
