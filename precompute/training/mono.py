"""MonoLoss: a term that rewards the MS of a batch's neurons (arXiv 2602.12403).

    M = 1 − mean MS     MS = Σ_{i<j} z_i z_j u_i·u_j / Σ_{i<j} z_i z_j     u: the batch's vectors, of unit length

The mean is over neurons that fire on two of the batch's vectors or more. MS does not change with a neuron's scale, so min-max
scaling of z changes nothing where a neuron does not fire on some vector. With S = Σ z_i u_i and A = Σ z_i, one pass gives

    N = ‖S‖² − Σ z_i²,  D = A² − Σ z_i²,  MS = N / D,  ∂MS/∂z_i = 2 (u_i·S − z_i − MS (A − z_i)) / D
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.models.codes import Codes
from precompute.training.pairs import bag_sums, products, starts_of


class Mono(NamedTuple):
    """The term for one batch."""

    loss: Float[Tensor, ""]  # M; 1 where no neuron fires twice
    dz: Float[Tensor, " entries"]  # ∂M by each code's value, in the order of the codes


def mono(codes: Codes, v_bd: Float[Tensor, "b d"]) -> Mono:
    """Compute M and its gradients by the codes.

    Args:
        codes: of the batch, positive.
        v_bd: the batch; only directions count.
    """
    order = codes.neurons.argsort(stable=True)
    neurons, rows, z = codes.neurons[order], codes.rows[order], codes.values[order]
    u_bd, starts = F.normalize(v_bd, dim=1), starts_of(neurons, codes.width)
    S_sd = bag_sums(rows, u_bd, starts, z)
    A_s, squares_s = (torch.zeros_like(S_sd[:, 0]).index_add_(0, neurons, values) for values in (z, z * z))
    twice_s = starts.diff() > 1
    D_s = torch.where(twice_s, A_s * A_s - squares_s, 1.0)
    ms_s = torch.where(twice_s, (S_sd.square().sum(1) - squares_s) / D_s, 0.0)
    count = twice_s.sum().clamp(min=1)
    along = products(u_bd, rows, S_sd, neurons) - z - ms_s[neurons] * (A_s[neurons] - z)
    dz = torch.empty_like(z)
    dz[order] = torch.where(twice_s[neurons], -2 * along / D_s[neurons], 0.0) / count
    return Mono(1 - ms_s.sum() / count, dz)
