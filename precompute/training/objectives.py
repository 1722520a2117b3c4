"""The objectives of SAE training: BatchTopK and Matryoshka reconstruction, and the auxiliary loss that revives dead neurons."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.models.codes import Codes
from explorer.models.sae import SparseAutoencoder, batch_topk

AUXILIARY_WEIGHT = 1 / 32  # α ≈ 0.03, PAPER.md §1


class Objective(NamedTuple):
    """One batch's losses and its codes."""

    total: Float[Tensor, ""]  # the loss: reconstruction + α · auxiliary
    reconstruction: Float[Tensor, ""]  # Σ over the G prefixes of the mean squared error per vector, / G²
    auxiliary: Float[Tensor, ""]  # 0 where no neuron is dead
    codes: Codes


def sae_objective(sae: SparseAutoencoder, v_bd: Float[Tensor, "b d"], dead_s: Bool[Tensor, " s"]) -> Objective:
    """Compute R(v) + α · A(v), with

    R(v) = Σ_m ‖v − v̂_m‖² / G²         over the G nested prefixes m; only the whole where the SAE is not Matryoshka. Both the
                                       authors' weight 1/G of a group and their mean over groups (PAPER.md §1)
    A(v) = ‖e − ê‖² / ‖e − mean e‖²    e: residual of the whole reconstruction; ê: its reconstruction by the d/2 dead neurons
                                       of the largest pre-activations (arXiv 2406.04093, appendix A.2)
    """
    z_bs = sae.relu_acts(v_bd)
    codes = batch_topk(z_bs, sae.config.k)
    prefixes = sae.decode_prefixes(codes)
    errors_g = torch.stack([(v_bd - prefix).square().sum(1).mean() for prefix in prefixes])
    reconstruction = errors_g.sum() / len(prefixes) ** 2
    auxiliary = _auxiliary(sae, (v_bd - prefixes[-1]).detach(), z_bs, dead_s)
    return Objective(reconstruction + AUXILIARY_WEIGHT * auxiliary, reconstruction, auxiliary, codes)


def _auxiliary(
    sae: SparseAutoencoder, e_bd: Float[Tensor, "b d"], z_bs: Float[Tensor, "b s"], dead_s: Bool[Tensor, " s"]
) -> Float[Tensor, ""]:
    dead = dead_s.nonzero().flatten()
    if len(dead) == 0:
        return e_bd.new_zeros(())
    strongest = z_bs[:, dead].topk(min(sae.config.width // 2, len(dead)), dim=1)
    explained_bd = F.embedding_bag(dead[strongest.indices], sae.W_dec, mode="sum", per_sample_weights=strongest.values)
    variance = (e_bd - e_bd.mean(0)).square().sum(1).mean()
    if variance < torch.finfo(variance.dtype).tiny:  # nothing is left to explain, and a quotient by 0 has no gradient
        return e_bd.new_zeros(())
    return (e_bd - explained_bd).square().sum(1).mean() / variance
