"""Reconstruction from sparse codes, and its gradients; only the active neurons' rows are touched.

    R(v) = Σ_m ‖v − v̂_m‖² / (G² B)       v̂_m = b_dec + Σ_{n in groups 1 … m} z_n w_n, over B vectors and G nested prefixes m

G = 1 where the SAE is not Matryoshka. Both the authors' weight 1/G of a group and their mean over groups are in it (PAPER.md §1).
Group g of vector v is a bag of decoder rows. With one bag for each, prefixes of the bags' sums are the v̂_m, and suffixes of
the gradients by the v̂_m are those by the bags' sums.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.models.codes import Codes
from precompute.training.pairs import bag_sums, starts_of
from precompute.training.weights import Weights


class Reconstruction(NamedTuple):
    """What one batch's codes reconstruct, and the gradients of R."""

    loss: Float[Tensor, ""]  # R
    residual_bd: Float[Tensor, "b d"]  # v − v̂ of the whole
    codes: Codes
    bags: Int[Tensor, " entries"]  # of every entry: vector × G + group
    dbags: Float[Tensor, "b*g d"]  # ∂R by the sum of each bag


def reconstruct(weights: Weights, v_bd: Float[Tensor, "b d"], codes: Codes, group_ends: Int[Tensor, " g"]) -> Reconstruction:
    """Reconstruct a batch from all prefixes of its codes.

    Args:
        weights: only the decoder's are used.
        v_bd: what is to be reconstructed.
        codes: of the batch.
        group_ends: after the last neuron of each group; the last is the number of neurons.
    """
    count, groups = len(codes), len(group_ends)
    bags = codes.rows * groups + torch.bucketize(codes.neurons, group_ends, right=True)
    sums = bag_sums(codes.neurons, weights.W_dec_sd, starts_of(bags, count * groups), codes.values)
    errors_bgd = sums.view(count, groups, -1)  # in place from here on
    errors_bgd[:, 0] += weights.b_dec_d - v_bd
    for group in range(1, groups):
        errors_bgd[:, group] += errors_bgd[:, group - 1]
    loss = torch.linalg.vector_norm(errors_bgd).square() / (groups**2 * count)
    residual_bd = -errors_bgd[:, -1]
    dbags_bgd = errors_bgd.mul_(2 / (groups**2 * count))
    for group in reversed(range(groups - 1)):
        dbags_bgd[:, group] += dbags_bgd[:, group + 1]
    return Reconstruction(loss, residual_bd, codes, bags, sums)
