"""The auxiliary loss, which revives dead neurons: they reconstruct what the living ones leave (arXiv 2406.04093, appendix A.2).

A(v) = ‖e − ê‖² / ‖e − mean e‖²     e: the residual, a target; ê: by each vector's d/2 dead neurons of the largest ReLU outputs
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from precompute.training.gradients import Gradients
from precompute.training.weights import Weights

AUXILIARY_WEIGHT = 1 / 32  # α ≈ 0.03, PAPER.md §1
BLOCK = 1024  # vectors at a time: memory does not grow with the batch


def auxiliary(
    weights: Weights,
    x_bd: Float[Tensor, "b d"],
    e_bd: Float[Tensor, "b d"],
    dead_s: Bool[Tensor, " s"],
    gradients: Gradients,
    mean: Callable[[Tensor], Tensor],
) -> Float[Tensor, ""]:
    """Return A, and add the gradients of α·A to `gradients`. A is 0 where no neuron is dead, or nothing is left to explain.

    Args:
        weights: of the SAE.
        x_bd: what the encoder read.
        e_bd: the residual.
        dead_s: the dead neurons.
        gradients: of the other terms.
        mean: over the vectors of the batch, of which these may be one worker's slice; A is then the slice's part of the mean.
    """
    dead = dead_s.nonzero()[:, 0]
    if len(dead) == 0:
        return e_bd.new_zeros(())
    variance = len(e_bd) * mean((e_bd - mean(e_bd)).square()).sum()  # of as many vectors as the squared error below
    if variance < torch.finfo(variance.dtype).tiny:
        return e_bd.new_zeros(())
    W_enc_md, b_enc_m, W_dec_md = weights.W_enc_sd[dead], weights.b_enc_s[dead], weights.W_dec_sd[dead]
    loss = e_bd.new_zeros(())
    for x, e in zip(x_bd.split(BLOCK), e_bd.split(BLOCK), strict=True):
        z_bm = _largest(torch.addmm(b_enc_m, x, W_enc_md.T).relu_(), e_bd.shape[1] // 2)
        error_bd = torch.addmm(e, z_bm, W_dec_md, beta=-1)
        loss += error_bd.square().sum() / variance
        g_bd = error_bd * (2 * AUXILIARY_WEIGHT / variance)
        gradients.add_dense(dead, z_bm, (g_bd @ W_dec_md.T) * (z_bm > 0), g_bd, x)
    return loss


def _largest(z_bm: Float[Tensor, "b m"], count: int) -> Float[Tensor, "b m"]:
    """Each row's largest entries, the others 0."""
    if count >= z_bm.shape[1]:
        return z_bm
    kept = z_bm.topk(max(1, count), dim=1, sorted=False)
    return torch.zeros_like(z_bm).scatter_(1, kept.indices, kept.values)
