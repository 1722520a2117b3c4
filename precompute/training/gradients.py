"""Gradients of the weights from those of the codes, z = ReLU(W_enc x + b_enc) with x = v − b_dec.

For a kept entry z of vector b and neuron n, with dz the loss's gradient by it and g the one by the reconstruction:

    dW_dec[n] = Σ z g_b      dW_enc[n] = Σ dz x_b      db_enc[n] = Σ dz      db_dec = Σ_b g_b − db_enc W_enc

An entry that is not kept gives nothing. Decoder rows keep unit norm, so what would only change a row's length is taken out of its
gradient: its part along the row is (Σ z g_b)·w_n = Σ z dz, known already.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from precompute.training.pairs import bag_sums, products, starts_of
from precompute.training.reconstruction import Reconstruction
from precompute.training.weights import Weights


@dataclass
class Gradients:
    """Sums over the terms of a loss; `of_weights` is taken once all are added."""

    dW_enc_sd: Float[Tensor, "s d"]
    db_enc_s: Float[Tensor, " s"]
    dW_dec_sd: Float[Tensor, "s d"]
    along_s: Float[Tensor, " s"]  # the part of each row of dW_dec along the row of W_dec
    dmean_d: Float[Tensor, " d"]  # Σ_b g_b, by b_dec where it is added to the reconstruction

    @classmethod
    def of_codes(
        cls, weights: Weights, made: Reconstruction, x_bd: Float[Tensor, "b d"], penalty: Tensor | float = 0.0
    ) -> "Gradients":
        """Of the reconstruction of sparse codes: bags again, of the entries sorted by neuron.

        Args:
            weights: only the decoder's are used.
            made: the reconstruction.
            x_bd: what the encoder read.
            penalty: what else the loss grows by with each code: of all, or of each in their order.
        """
        codes = made.codes
        order = codes.neurons.argsort(stable=True)
        neurons, rows, bags, z = (entries[order] for entries in (codes.neurons, codes.rows, made.bags, codes.values))
        starts, dz = starts_of(neurons, codes.width), products(made.dbags, bags, weights.W_dec_sd, neurons)
        penalty = penalty[order] if isinstance(penalty, Tensor) else penalty
        return cls(
            dW_enc_sd=bag_sums(rows, x_bd, starts, dz + penalty),
            db_enc_s=_sums(neurons, dz + penalty, codes.width),
            dW_dec_sd=bag_sums(bags, made.dbags, starts, z),
            along_s=_sums(neurons, z * dz, codes.width),
            dmean_d=made.dbags.view(len(codes), -1, x_bd.shape[1])[:, 0].sum(0),
        )

    def add_dense(self, neurons: Int[Tensor, " m"], z_bm: Tensor, dz_bm: Tensor, g_bd: Tensor, x_bd: Tensor) -> None:
        """Add those of a term in which a vector's entries at these neurons are mostly not 0.

        Args:
            neurons: each once.
            z_bm: their values.
            dz_bm: the term's gradients by the values; 0 where a value is 0.
            g_bd: its gradients by what the values add up to.
            x_bd: what the encoder read.
        """
        self.dW_enc_sd[neurons] += dz_bm.T @ x_bd
        self.db_enc_s[neurons] += dz_bm.sum(0)
        self.dW_dec_sd[neurons] += z_bm.T @ g_bd
        self.along_s[neurons] += (z_bm * dz_bm).sum(0)

    def of_weights(self, weights: Weights) -> Weights:
        """The gradients by the weights; takes this object's memory over."""
        dW_dec_sd = self.dW_dec_sd.addcmul_(self.along_s[:, None], weights.W_dec_sd, value=-1)
        return Weights(self.dW_enc_sd, self.db_enc_s, dW_dec_sd, self.dmean_d - self.db_enc_s @ weights.W_enc_sd)


def _sums(neurons: Int[Tensor, " entries"], values: Float[Tensor, " entries"], width: int) -> Float[Tensor, " s"]:
    return torch.zeros(width, dtype=values.dtype, device=values.device).index_add_(0, neurons, values)
