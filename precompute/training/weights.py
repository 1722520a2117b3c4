"""The weights of an SAE in training, and gradients of the same shapes."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.models.sae import SaeConfig, SparseAutoencoder
from precompute.training import kernels


class Weights(NamedTuple):
    """All that is learnt by gradient. The encoder is kept as rows, so that one neuron's weights lie side by side in memory."""

    W_enc_sd: Float[Tensor, "s d"]  # `SparseAutoencoder.W_enc` transposed
    b_enc_s: Float[Tensor, " s"]
    W_dec_sd: Float[Tensor, "s d"]  # rows of unit norm
    b_dec_d: Float[Tensor, " d"]

    @classmethod
    def of(cls, sae: SparseAutoencoder) -> "Weights":
        """Copies of an SAE's weights."""
        return cls(
            *(t.detach().clone(memory_format=torch.contiguous_format) for t in (sae.W_enc.T, sae.b_enc, sae.W_dec, sae.b_dec))
        )

    def sae(self, config: SaeConfig, scale: float, threshold: Tensor) -> SparseAutoencoder:
        """The SAE of vectors `scale` times as large: the map is homogeneous in the biases and the threshold."""
        state = {
            "W_enc": self.W_enc_sd.T.contiguous(),
            "b_enc": self.b_enc_s * scale,
            "W_dec": self.W_dec_sd.clone(),
            "b_dec": self.b_dec_d * scale,
            "threshold": threshold * scale,
        }
        return SparseAutoencoder.from_state(config, state)


def to_unit_length(rows_nd: Float[Tensor, "n d"]) -> None:
    """Divide each row by its norm, in place."""
    if kernels.usable_for(rows_nd):
        from precompute.training.kernels import rows

        rows.to_unit_length(rows_nd)
    else:
        rows_nd.div_(rows_nd.norm(dim=1, keepdim=True).clamp(min=1e-12))


def pre_acts(weights: Weights, x_bd: Float[Tensor, "b d"]) -> Float[Tensor, "b s"]:
    """W_enc x + b_enc, dense."""
    return torch.addmm(weights.b_enc_s, x_bd, weights.W_enc_sd.T)
