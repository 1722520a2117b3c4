"""Sums and products over pairs of a row and a neuron, which copy no rows: what sparse codes need of a table of rows.

Both are kernels of `embedding_bag`, the second that of its gradient by a bag's weights; on a CUDA GPU the first is ours. No
public function leads to the second but autograd, which would first compute the bags' sums for nothing, a tenth of a step; so the
operator is called by its name, which starts with an underscore. `test_pairs.py` fails should it ever change.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from precompute.training import kernels

SUM = 0  # the operator's name for bags that are summed


def bag_sums(
    rows: Int[Tensor, " e"], table_rd: Float[Tensor, "r d"], starts: Int[Tensor, " n+1"], weights: Float[Tensor, " e"]
) -> Float[Tensor, "n d"]:
    """The weighted sum of table rows of each bag; bag n owns the entries starts[n] : starts[n + 1]."""
    if kernels.usable_for(table_rd):
        from precompute.training.kernels.bag_sums import bag_sums as on_gpu

        return on_gpu(rows, table_rd, starts, weights)
    return F.embedding_bag(rows, table_rd, starts, mode="sum", per_sample_weights=weights, include_last_offset=True)


def products(
    x_rd: Float[Tensor, "r d"], rows: Int[Tensor, " e"], w_sd: Float[Tensor, "s d"], neurons: Int[Tensor, " e"]
) -> Float[Tensor, " e"]:
    """x[row] · w[neuron] of every pair; fastest where pairs come by neuron, whose rows then stay in the processor's cache."""
    operator = torch.ops.aten._embedding_bag_per_sample_weights_backward
    return operator(x_rd, w_sd, neurons, rows.new_empty(0), rows, SUM)


def starts_of(sorted_numbers: Int[Tensor, " e"], count: int) -> Int[Tensor, " n+1"]:
    """Where each of `count` numbers begins among sorted ones, and the end."""
    return torch.searchsorted(sorted_numbers, torch.arange(count + 1, device=sorted_numbers.device))
