"""Steering: one neuron of a picture's codes is set to a chosen value (PAPER.md §5; arXiv 2504.02821v3, section 5)."""

from math import isfinite

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import VisitorError
from explorer.models.sae import SparseAutoencoder
from explorer.models.steering.spec import SteeringSpec


def steer(sae: SparseAutoencoder, v_td: Float[Tensor, "t d"], spec: SteeringSpec) -> Float[Tensor, "t d"]:
    """z = encode(v);  z_k ← α;  decode(z) = v̂ + (α − z_k) W_dec[k].  With `keep_error` it is v, not v̂, that is moved.

    Args:
        sae: on the device of the vectors.
        v_td: hidden states at its tap, one row a token.

    Raises:
        UserError: if the SAE has no such neuron, α is not finite, or the vectors are not as wide as the SAE reads.
    """
    if not 0 <= spec.neuron < sae.config.neurons:
        raise VisitorError(
            f"asked to steer neuron {spec.neuron}, but this SAE has 0 to {sae.config.neurons - 1}: choose one of them"
        )
    if not isfinite(spec.alpha):
        raise VisitorError(f"asked to set neuron {spec.neuron} to {spec.alpha}: choose a finite number")
    codes = sae.encode(v_td)
    fires = codes.neurons == spec.neuron
    z_t = torch.zeros(len(v_td), device=v_td.device).index_put((codes.rows[fires],), codes.values[fires])
    start_td = v_td if spec.keep_error else sae.decode(codes)
    return start_td + (spec.alpha - z_t)[:, None] * sae.W_dec[spec.neuron]
