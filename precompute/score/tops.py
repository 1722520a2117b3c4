"""The images that each neuron fires on most strongly."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.models.codes import Codes


class Tops(NamedTuple):
    """Top images, by neuron and then strongest first; of equal activations the earlier image is first."""

    neurons: Int[Tensor, " n"]
    ranks: Int[Tensor, " n"]
    images: Int[Tensor, " n"]
    activations: Float[Tensor, " n"]


@dataclass
class TopImagesAccumulator:
    """Keeps the k largest positive activations per neuron and where they were, whatever the order of batches and merges."""

    width: int
    k: int = 16
    _kept: Tops = field(init=False)

    def __post_init__(self) -> None:
        self._kept = Tops(*(torch.empty(0, dtype=torch.int64) for _ in range(3)), torch.empty(0))

    def update(self, codes: Codes, images_b: Int[Tensor, " b"]) -> None:
        """Add a batch; `images_b` are the rows' image numbers."""
        positive = codes.values > 0
        self._add(codes.neurons[positive], images_b[codes.rows[positive]], codes.values[positive])

    def merge(self, other: "TopImagesAccumulator") -> None:
        """Add all that another accumulator saw."""
        self._add(other._kept.neurons, other._kept.images, other._kept.activations)

    def result(self) -> Tops:
        """The top images of what was seen so far."""
        return self._kept

    def _add(self, neurons: Tensor, images: Tensor, activations: Tensor) -> None:
        neurons = torch.cat([self._kept.neurons, neurons])
        images = torch.cat([self._kept.images, images])
        activations = torch.cat([self._kept.activations, activations])
        order = torch.argsort(images, stable=True)
        order = order[torch.argsort(activations[order], descending=True, stable=True)]
        order = order[torch.argsort(neurons[order], stable=True)]
        sorted_neurons = neurons[order]
        ranks = torch.arange(len(order)) - torch.searchsorted(sorted_neurons, sorted_neurons)
        kept = order[ranks < self.k]
        self._kept = Tops(neurons[kept], ranks[ranks < self.k], images[kept], activations[kept])
