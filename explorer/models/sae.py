"""The sparse autoencoder: BatchTopK, plain or Matryoshka (PAPER.md §1; arXiv 2412.06410, 2503.17547)."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from safetensors import SafetensorError
from safetensors.torch import load, save_file
from torch import Tensor, nn

from explorer.errors import UserError
from explorer.models.codes import Codes

HEADER = 100_000  # bytes that safetensors' header may take
MATRYOSHKA_FRACTIONS = (0.0625, 0.125, 0.25, 0.5625)  # PAPER.md §1, of ω
WEIGHTS, CONFIG = "sae.safetensors", "sae.json"


@dataclass(frozen=True)
class SaeConfig:
    """The shape of an SAE."""

    kind: Literal["batchtopk", "matryoshka"]
    width: int
    """d of the vectors it reads."""
    neurons: int
    """ω."""
    k: int
    """Neurons active per vector, on average over a batch."""
    group_sizes: tuple[int, ...]
    """Neurons per Matryoshka level, coarsest first; one group for plain BatchTopK."""

    def __post_init__(self) -> None:
        if self.width < 1 or min(self.group_sizes, default=0) < 1 or sum(self.group_sizes) != self.neurons:
            raise UserError(
                f"an SAE cannot have {self.neurons} neurons in groups of {self.group_sizes}: choose a larger expansion"
            )
        if not 1 <= self.k <= self.neurons:
            raise UserError(
                f"--k {self.k}: must be 1 to {self.neurons}, the number of neurons; choose another, or a larger expansion"
            )

    @property
    def bytes(self) -> int:
        """Of its weights, biases and threshold, in float32."""
        return 4 * (2 * self.neurons * self.width + self.neurons + self.width + 1)


def sae_config(kind: Literal["batchtopk", "matryoshka"], width: int, expansion: float, k: int) -> SaeConfig:
    """The shape for a tap of `width`: ω = expansion × d, grouped by MATRYOSHKA_FRACTIONS if Matryoshka."""
    neurons = round(expansion * width)
    sizes = [neurons]
    if kind == "matryoshka":
        sizes = [int(fraction * neurons) for fraction in MATRYOSHKA_FRACTIONS[:-1]]
        sizes.append(neurons - sum(sizes))
    return SaeConfig(kind, width, neurons, k, tuple(sizes))


class SparseAutoencoder(nn.Module):
    """z = ReLU(W_encᵀ (v − b_dec) + b_enc), sparsified;  v̂ = W_decᵀ z + b_dec.

    Sparsified means, in training, the B·K largest of a batch of B vectors (`batch_topk`); in use, those above a learnt
    `threshold`, which is a buffer and so part of the state dict. Rows of W_dec have unit norm.
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

    def encode(self, v_bd: Float[Tensor, "b d"]) -> Codes:
        """The neurons that fire: those whose ReLU output is above the threshold."""
        if v_bd.shape[-1] != self.config.width:
            raise UserError(
                f"this SAE reads vectors {self.config.width} wide, got {v_bd.shape[-1]}: is this the tap it was made for?"
            )
        z_bs = self.relu_acts(v_bd)
        return Codes.from_dense(z_bs * (z_bs > self.threshold))

    def fire(self, v_ptd: Float[Tensor, "p t d"], neurons: Int[Tensor, " p"]) -> Float[Tensor, "p t"]:
        """Activation of one chosen neuron for each group of vectors: what `encode` gives, for that neuron alone."""
        z_pt = torch.einsum("ptd,dp->pt", v_ptd - self.b_dec, self.W_enc[:, neurons]) + self.b_enc[neurons, None]
        return F.relu(z_pt) * (z_pt > self.threshold)

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

    def save(self, directory: Path) -> None:
        """Write `sae.safetensors` and `sae.json`."""
        directory.mkdir(parents=True, exist_ok=True)
        save_file({name: t.detach().contiguous() for name, t in self.state_dict().items()}, directory / WEIGHTS)
        (directory / CONFIG).write_text(json.dumps(asdict(self.config), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, directory: Path) -> "SparseAutoencoder":
        """Read what `save` wrote, for use (no gradients).

        Raises:
            UserError: if a file is missing or damaged, or the two do not fit each other.
        """
        try:
            fields = json.loads((directory / CONFIG).read_text(encoding="utf-8"))
            config = SaeConfig(**fields | {"group_sizes": tuple(fields["group_sizes"])})
            if (directory / WEIGHTS).stat().st_size > config.bytes + HEADER:
                raise ValueError(f"{WEIGHTS} is larger than {CONFIG} tells")
            return cls._filled(config, load((directory / WEIGHTS).read_bytes()))  # not mapped: a file cut later would kill
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, RecursionError, SafetensorError) as error:
            raise UserError(f"no usable SAE in {directory} ({error}); train it again") from error

    @classmethod
    def _filled(cls, config: SaeConfig, state: dict[str, Tensor]) -> "SparseAutoencoder":
        """An SAE that takes these tensors for its own; nothing of the size that `config` tells is made."""
        with torch.device("meta"):
            sae = cls(config)
        sae.load_state_dict({name: tensor.float() for name, tensor in state.items()}, assign=True)
        if not all(tensor.isfinite().all() for tensor in sae.state_dict().values()):
            raise ValueError("it has NaN or infinite weights")
        return sae.requires_grad_(False).eval()


def batch_topk(z_bs: Float[Tensor, "b s"], k: int) -> Codes:
    """Keep the b·k largest entries of a batch of ReLU outputs; zeros are never kept. Gradients flow through the values."""
    flat = z_bs.detach().flatten()
    kept = flat.topk(min(k * len(z_bs), flat.numel()), sorted=False)
    entries = kept.indices[kept.values > 0].sort().values
    rows, neurons = entries // z_bs.shape[1], entries % z_bs.shape[1]
    starts = torch.searchsorted(rows, torch.arange(len(z_bs) + 1, device=z_bs.device))
    return Codes(starts, neurons, z_bs.flatten()[entries], z_bs.shape[1])
