"""The sparse autoencoder: ReLU, TopK or BatchTopK, plain or Matryoshka.

PAPER.md §1; arXiv 2309.08600 (ReLU), 2406.04093 (TopK), 2412.06410 (BatchTopK), 2503.17547 (Matryoshka).
"""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import UserError
from explorer.models.codes import Codes
from explorer.models.sae.config import SaeConfig


class SparseAutoencoder(nn.Module):
    """z = ReLU(W_encᵀ (v − b_dec) + b_enc), sparsified;  v̂ = W_decᵀ z + b_dec.

    Sparsified means: of a TopK SAE, each vector's k largest; of the others, those above `threshold`, a buffer and so part of the
    state dict, one for all neurons or one for each. BatchTopK learns one in training, where the B·k largest of a batch of B
    vectors are kept; for ReLU it is 0.
    """

    threshold: Tensor

    def __init__(self, config: SaeConfig) -> None:
        super().__init__()
        self.config = config
        directions_sd = F.normalize(torch.randn(config.neurons, config.width), dim=1)
        self.W_dec = nn.Parameter(directions_sd)
        self.W_enc = nn.Parameter(directions_sd.T.contiguous())  # tied at the start, free afterwards
        self.b_enc = nn.Parameter(torch.zeros(config.neurons))
        self.b_dec = nn.Parameter(torch.zeros(config.width))
        self.register_buffer("threshold", torch.tensor(0.0))
        self._group_starts = [sum(config.group_sizes[:g]) for g in range(len(config.group_sizes) + 1)]

    @property
    def levels(self) -> Int[Tensor, " s"]:
        """The Matryoshka group of every neuron, 0 = coarsest."""
        return torch.repeat_interleave(torch.arange(len(self.config.group_sizes)), torch.tensor(self.config.group_sizes))

    def relu_acts(self, v_bd: Float[Tensor, "b d"]) -> Float[Tensor, "b s"]:
        """ReLU outputs before any are dropped."""
        return F.relu((v_bd - self.b_dec) @ self.W_enc + self.b_enc)

    def require_width(self, width: int) -> None:
        """Refuse vectors of another width.

        Raises:
            UserError: if an SAE of this width does not read them.
        """
        if width != self.config.width:
            raise UserError(f"this SAE reads vectors {self.config.width} wide, got {width}: is this the tap it was made for?")

    def encode(self, v_bd: Float[Tensor, "b d"]) -> Codes:
        """The neurons that fire, and how strongly.

        Raises:
            UserError: if the vectors are of another width.
        """
        self.require_width(v_bd.shape[-1])
        return Codes.from_dense(self._sparsified(self.relu_acts(v_bd)))

    def _sparsified(self, z_bs: Float[Tensor, "b s"]) -> Float[Tensor, "b s"]:
        if self.config.kind != "topk":
            return z_bs * (z_bs > self.threshold)
        largest = z_bs.topk(self.config.k, dim=1)
        return torch.zeros_like(z_bs).scatter_(1, largest.indices, largest.values)

    def fire(self, v_ptd: Float[Tensor, "p t d"], neurons: Int[Tensor, " p"]) -> Float[Tensor, "p t"]:
        """Activation of one chosen neuron for each group of vectors: what `encode` gives, for that neuron alone."""
        if self.config.kind == "topk":  # whether one fires depends on all
            acts = [self._sparsified(self.relu_acts(v_td))[:, n] for v_td, n in zip(v_ptd, neurons, strict=True)]
            return torch.stack(acts)
        z_pt = torch.einsum("ptd,dp->pt", v_ptd - self.b_dec, self.W_enc[:, neurons]) + self.b_enc[neurons, None]
        return F.relu(z_pt) * (z_pt > (self.threshold[neurons, None] if self.threshold.ndim else self.threshold))

    def decode(self, codes: Codes) -> Float[Tensor, "b d"]:
        """Reconstruct from codes; touches only the active neurons' rows."""
        return self._weighted_rows(codes) + self.b_dec

    def decode_prefixes(self, codes: Codes) -> list[Float[Tensor, "b d"]]:
        """Reconstructions from the first 1, 2, … groups of neurons; the last one is `decode`."""
        parts = [
            self._weighted_rows(codes.within(a, b)) for a, b in zip(self._group_starts, self._group_starts[1:], strict=False)
        ]
        return list(torch.stack(parts).cumsum(0) + self.b_dec)

    def _weighted_rows(self, codes: Codes) -> Float[Tensor, "b d"]:
        weights = codes.values.to(self.W_dec.dtype)
        return F.embedding_bag(
            codes.neurons, self.W_dec, codes.starts, mode="sum", per_sample_weights=weights, include_last_offset=True
        )

    @classmethod
    def from_state(cls, config: SaeConfig, state: Mapping[str, Tensor]) -> "SparseAutoencoder":
        """An SAE for use (no gradients) that takes these tensors for its own; nothing of the size that `config` tells is made.

        Raises:
            KeyError, RuntimeError: if a tensor is missing, unknown or of another shape.
            ValueError: if one has NaN or infinite numbers.
        """
        with torch.device("meta"):
            sae = cls(config)
            if state["threshold"].ndim:
                sae.threshold = torch.empty(config.neurons)
        sae.load_state_dict({name: tensor.float() for name, tensor in state.items()}, assign=True)
        if not all(tensor.isfinite().all() for tensor in sae.state_dict().values()):
            raise ValueError("it has NaN or infinite weights")
        return sae.requires_grad_(False).eval()
