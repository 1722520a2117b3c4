"""The k largest keys of every neuron: the storage of the top images and of the bands' sample."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

IMAGES = 2**32  # image numbers are below; half of an int64 key holds one, or its hash
NONE = torch.iinfo(torch.int64).min


class Ranked(NamedTuple):
    """Images of neurons, by neuron and within a neuron by rank."""

    neurons: Int[Tensor, " n"]
    ranks: Int[Tensor, " n"]  # 0, 1, … within the neuron
    images: Int[Tensor, " n"]
    activations: Float[Tensor, " n"]


@dataclass
class LargestKeys:
    """Keeps the k largest int64 keys of each neuron. A key holds the whole entry, and no two keys of a neuron are equal, so the
    result depends on the set of keys alone: not on batches, their order or merges.

    New keys that are not below the k-th kept one wait until there are width · k of them; then one sort selects the largest.
    So a key costs its share of a few sorts, and memory is at most twice that of the result.

    Args:
        width: number of neurons s.
        k: keys per neuron.
    """

    width: int
    k: int
    _neurons: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int32))  # ascending, of the kept
    _keys: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))  # descending within a neuron
    _least_s: Tensor = field(init=False)  # the k-th key, NONE where there are fewer
    _waiting: list[tuple[Tensor, Tensor]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._least_s = torch.full((self.width,), NONE)

    def update(self, neurons: Int[Tensor, " n"], keys: Int[Tensor, " n"]) -> None:
        """Add entries."""
        better = keys > self._least_s[neurons]
        self._waiting.append((neurons[better].int(), keys[better]))
        if sum(len(waiting) for _, waiting in self._waiting) > self.width * self.k:
            self.settle()

    def merge(self, other: "LargestKeys") -> None:
        """Add what another has seen."""
        self._waiting += [(other._neurons, other._keys), *other._waiting]
        self.settle()

    def result(self) -> tuple[Int[Tensor, " n"], Int[Tensor, " n"]]:
        """Return the neurons, ascending, and their keys, the largest first."""
        self.settle()
        return self._neurons.long(), self._keys

    def settle(self) -> None:
        """Sort the waiting keys into the kept ones."""
        if not self._waiting:
            return
        neurons = torch.cat([self._neurons, *(neurons for neurons, _ in self._waiting)])
        keys = torch.cat([self._keys, *(keys for _, keys in self._waiting)])
        order = torch.sort(keys, descending=True).indices
        order = order[torch.sort(neurons[order], stable=True).indices]
        rank = ranks(neurons[order], self.width)
        self._neurons, self._keys = neurons[order][rank < self.k], keys[order][rank < self.k]
        last = rank[rank < self.k] == self.k - 1
        self._least_s[self._neurons[last]] = self._keys[last]
        self._waiting = []


def ranks(neurons: Int[Tensor, " n"], width: int) -> Int[Tensor, " n"]:
    """Number the entries 0, 1, … within each neuron of an ascending list."""
    counts = torch.bincount(neurons, minlength=width)
    return torch.arange(len(neurons)) - torch.repeat_interleave(counts.cumsum(0) - counts, counts)


def check_images(images_b: Int[Tensor, " b"]) -> None:
    """Refuse image numbers that do not fit into a key.

    Raises:
        ValueError: if one is negative or 2³² or more.
    """
    if len(images_b) and (images_b.min() < 0 or images_b.max() >= IMAGES):
        raise ValueError(f"image numbers must be 0 … {IMAGES - 1}, got {int(images_b.min())} … {int(images_b.max())}")
