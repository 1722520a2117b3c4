"""Data-parallel training: every worker computes a slice of each batch, and all make the same step.

Gradients and losses are means over vectors, so those of the batch are the slices' means, weighted by their vectors. TopK and ReLU
thus make the steps of one process but for rounding. What BatchTopK keeps and MonoLoss's pairs are taken within a slice, which is
why the loss curve of these is that of one process but for noise.
"""

import torch
import torch.distributed as dist
from jaxtyping import Bool, Float
from torch import Tensor

from precompute.training.objectives import Objective


class Alone:
    """The only worker of a run."""

    rank, count = 0, 1

    def mine(self, v_bd: Float[Tensor, "b d"]) -> Float[Tensor, "n d"]:
        """This worker's slice of a batch."""
        return v_bd

    def merged(self, objective: Objective, batch: int) -> Objective:
        """A slice's objective with the losses and gradients of the whole batch; codes and residual stay the slice's."""
        return objective

    def mean(self, numbers_bd: Float[Tensor, "n d"]) -> Float[Tensor, " d"]:
        """The mean over the whole batch, of a slice of it."""
        return numbers_bd.mean(0)

    def any(self, fired_s: Bool[Tensor, " s"]) -> Bool[Tensor, " s"]:
        """True where it is for some worker."""
        return fired_s

    def least(self, value: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """The least of all workers' values."""
        return value


class Together(Alone):
    """One of several workers that talk through `torch.distributed`, whose process group is there already."""

    def __init__(self) -> None:
        self.rank, self.count = dist.get_rank(), dist.get_world_size()

    def mine(self, v_bd: Float[Tensor, "b d"]) -> Float[Tensor, "n d"]:
        """This worker's slice of a batch."""
        return v_bd.tensor_split(self.count)[self.rank]

    def merged(self, objective: Objective, batch: int) -> Objective:
        """A slice's objective with the losses and gradients of the whole batch; codes and residual stay the slice's."""
        tensors = [*objective.gradients, objective.total, objective.reconstruction, objective.auxiliary, objective.mono]
        together = torch.cat([tensor.flatten() for tensor in tensors]) * (len(objective.codes) / batch)
        dist.all_reduce(together)  # once for all: most of its time is waiting
        for tensor, summed in zip(tensors, together.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(summed.view_as(tensor))
        return objective

    def mean(self, numbers_bd: Float[Tensor, "n d"]) -> Float[Tensor, " d"]:
        """The mean over the whole batch, of a slice of it."""
        sums = torch.cat([numbers_bd.sum(0), numbers_bd.new_tensor([len(numbers_bd)])])
        dist.all_reduce(sums)
        return sums[:-1] / sums[-1]

    def any(self, fired_s: Bool[Tensor, " s"]) -> Bool[Tensor, " s"]:
        """True where it is for some worker."""
        counts_s = fired_s.to(torch.int32)
        dist.all_reduce(counts_s)
        return counts_s > 0

    def least(self, value: Float[Tensor, ""]) -> Float[Tensor, ""]:
        """The least of all workers' values."""
        value = value.clone()
        dist.all_reduce(value, dist.ReduceOp.MIN)
        return value
