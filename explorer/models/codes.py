"""Sparse codes: which neurons fire for each row, and how strongly.

Only K of ω numbers per vector matter after the encoder, so a batch of codes is kept as compressed sparse rows:
row r owns the entries `starts[r]:starts[r + 1]` of `neurons` and `values`. A neuron that is not listed is exactly 0.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Codes:
    """Activations of `width` neurons for a batch of rows, as compressed sparse rows on one device."""

    starts: Int[Tensor, "rows+1"]  # int64, starts[0] = 0, starts[-1] = number of entries
    neurons: Int[Tensor, " entries"]  # int64, ascending within a row, in 0 … width − 1
    values: Float[Tensor, " entries"]  # float32; an SAE's are > 0, original dimensions may be negative
    width: int  # ω, the number of neurons

    @property
    def rows(self) -> Int[Tensor, " entries"]:
        """The row of every entry."""
        counts = self.starts.diff()
        return torch.repeat_interleave(torch.arange(len(counts), device=counts.device), counts, output_size=len(self.neurons))

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.starts) - 1

    @classmethod
    def from_dense(cls, a_bs: Float[Tensor, "rows width"]) -> "Codes":
        """List the non-zero entries of a dense matrix, negative ones included."""
        rows, neurons = a_bs.nonzero(as_tuple=True)
        starts = torch.zeros(len(a_bs) + 1, dtype=torch.int64, device=a_bs.device)
        starts[1:] = torch.bincount(rows, minlength=len(a_bs)).cumsum(0)
        return cls(starts, neurons, a_bs[rows, neurons].float(), a_bs.shape[1])

    def to_dense(self) -> Float[Tensor, "rows width"]:
        """The same activations as a dense matrix; for small batches and tests."""
        a_bs = self.values.new_zeros(len(self), self.width)
        a_bs[self.rows, self.neurons] = self.values
        return a_bs

    def within(self, first: int, stop: int) -> "Codes":
        """Only the entries of neurons `first` to `stop` − 1; same rows, same numbering."""
        kept = (self.neurons >= first) & (self.neurons < stop)
        starts = F.pad(kept.cumsum(0), (1, 0))[self.starts]
        return Codes(starts, self.neurons[kept], self.values[kept], self.width)

    def strongest(self, k: int) -> "Codes":
        """Only the k largest positive entries of every row; of equal ones the lower neuron stays."""
        order = torch.argsort(self.values, descending=True, stable=True)
        order = order[torch.argsort(self.rows[order], stable=True)]
        rank = torch.arange(len(order), device=order.device) - self.starts[self.rows[order]]
        kept = order[(rank < k) & (self.values[order] > 0)].sort().values
        starts = torch.searchsorted(kept, self.starts)
        return Codes(starts, self.neurons[kept], self.values[kept], self.width)

    def take(self, rows: Int[Tensor, " some"]) -> "Codes":
        """These rows, in this order."""
        counts = self.starts.diff()[rows]
        starts = F.pad(counts.cumsum(0), (1, 0))
        within = torch.arange(int(starts[-1]), device=starts.device)
        entries = torch.repeat_interleave(self.starts[rows] - starts[:-1], counts) + within
        return Codes(starts, self.neurons[entries], self.values[entries], self.width)

    def columns(self, neurons: Int[Tensor, " n"]) -> Float[Tensor, "n rows"]:
        """The activations of a few neurons in every row; 0 where one is silent."""
        place = torch.full((self.width,), -1, device=self.values.device)
        place[neurons] = torch.arange(len(neurons), device=place.device)
        entries = (place[self.neurons] >= 0).nonzero()[:, 0]
        columns = torch.zeros(len(neurons), len(self), device=self.values.device)
        columns[place[self.neurons[entries]], self.rows[entries]] = self.values[entries]
        return columns

    def pool_tokens(self, tokens: int, how: str) -> "Codes":
        """Merge every `tokens` consecutive rows (one image's tokens) into one row.

        Args:
            tokens: rows per image; divides the number of rows.
            how: `max` or `mean` over the image's tokens, a token where the neuron is silent counting as 0.
        """
        if tokens == 1:
            return self
        images = len(self) // tokens
        keys, which = torch.unique((self.rows // tokens) * self.width + self.neurons, return_inverse=True)
        reduce, divisor = ("amax", 1) if how == "max" else ("sum", tokens)
        pooled = torch.zeros(len(keys), device=self.values.device)
        pooled = pooled.scatter_reduce(0, which, self.values, reduce, include_self=False) / divisor
        starts = torch.searchsorted(keys, torch.arange(images + 1, device=keys.device) * self.width)
        return Codes(starts, keys % self.width, pooled, self.width)
