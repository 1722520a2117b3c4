"""MonoSemanticity score (MS) of every neuron, exact, in one pass (PAPER.md §2; arXiv 2504.02821v3, section 3.2)."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.errors import UserError
from explorer.models.codes import Codes


class Monosemanticity(NamedTuple):
    """Scores of all neurons by one similarity encoder."""

    ms: Float[Tensor, " s"]  # float32, −1 … 1; NaN = dead
    concepts: Float[Tensor, "s e"]  # float32, activation-weighted mean embedding, unit length; 0 where the neuron never fires


@dataclass
class MonosemanticityAccumulator:
    """With unit embeddings e_n, and activations a_n min-max scaled to ã_n = (a_n − lo) / (hi − lo):

        MS = Σ_{n<m} ã_n ã_m e_n·e_m / Σ_{n<m} ã_n ã_m = (‖Σ ã_n e_n‖² − Σ ã_n²) / ((Σ ã_n)² − Σ ã_n²)

    and every sum over ã follows from the sums over a:  Σ ã e = (Σ a e − lo Σ e) / (hi − lo), and so on. So one pass keeps, per
    neuron, count, Σa, Σa², lo, hi and Σ a e. A neuron with fewer than two images of positive weight is dead: decided by
    counting, since numerator and denominator are then zero up to rounding only. Sums are float64: with one image nearly alone,
    both are small differences of large numbers.

    Args:
        width: number of neurons s.
        embedding_width: e of the similarity encoder's embeddings.
    """

    width: int
    embedding_width: int
    images: int = 0
    _total_e: Tensor = field(init=False)
    _weighted_se: Tensor = field(init=False)  # Σ a e
    _sums_2s: Tensor = field(init=False)  # Σ a, Σ a²
    _low_s: Tensor = field(init=False)  # of the listed activations
    _high_s: Tensor = field(init=False)
    _listed_s: Tensor = field(init=False)  # how many are listed
    _at_low_s: Tensor = field(init=False)  # how many of them equal the lowest

    def __post_init__(self) -> None:
        self._total_e = torch.zeros(self.embedding_width, dtype=torch.float64)
        self._weighted_se = torch.zeros(self.width, self.embedding_width, dtype=torch.float64)
        self._sums_2s = torch.zeros(2, self.width, dtype=torch.float64)
        self._low_s = torch.full((self.width,), torch.inf, dtype=torch.float64)
        self._high_s = torch.full((self.width,), -torch.inf, dtype=torch.float64)
        self._listed_s = torch.zeros(self.width, dtype=torch.int64)
        self._at_low_s = torch.zeros(self.width, dtype=torch.int64)

    def update(self, codes: Codes, embeddings_be: Float[Tensor, "b e"]) -> None:
        """Add a batch of images.

        Raises:
            UserError: if codes and embeddings are not of as many images, or an embedding has no direction; nothing is added.
        """
        if len(codes) != len(embeddings_be) or codes.width != self.width:
            raise UserError(
                f"{len(codes)} images' activations came with {len(embeddings_be)} embeddings: use those of one image set"
            )
        unit_be = unit(embeddings_be)
        self.images += len(codes)
        self._total_e += unit_be.sum(0)
        order = torch.argsort(codes.neurons, stable=True)
        neurons, rows, a = codes.neurons[order], codes.rows[order], codes.values[order].double()
        active, counts = torch.unique_consecutive(neurons, return_counts=True)
        offsets = F.pad(counts.cumsum(0), (1, 0))
        self._weighted_se[active] += F.embedding_bag(
            rows, unit_be, offsets, mode="sum", per_sample_weights=a, include_last_offset=True
        )
        self._sums_2s[0].index_add_(0, neurons, a)
        self._sums_2s[1].index_add_(0, neurons, a.square())
        self._count(neurons, a)

    def merge(self, other: "MonosemanticityAccumulator") -> None:
        """Add all that another accumulator saw."""
        self.images += other.images
        self._total_e += other._total_e
        self._weighted_se += other._weighted_se
        self._sums_2s += other._sums_2s
        self._take_low(other._low_s, other._at_low_s)
        self._high_s = torch.maximum(self._high_s, other._high_s)
        self._listed_s += other._listed_s

    def result(self) -> Monosemanticity:
        """The scores of what was seen so far."""
        n = self.images
        silent_s = self._listed_s < n  # somewhere its activation is exactly 0
        low_s = torch.where(silent_s, self._low_s.clamp(max=0), self._low_s)
        high_s = torch.where(silent_s, self._high_s.clamp(min=0), self._high_s)
        at_low_s = torch.where(self._low_s == low_s, self._at_low_s, 0) + torch.where(low_s == 0, n - self._listed_s, 0)
        span_s = (high_s - low_s).nan_to_num(0.0)
        scale_s = torch.where(span_s > 0, 1 / span_s, 0)
        shift_s = torch.where(span_s > 0, low_s, 0)
        a_s, aa_s = self._sums_2s
        sum_s = (a_s - n * shift_s) * scale_s
        squares_s = (aa_s - 2 * shift_s * a_s + n * shift_s.square()) * scale_s.square()
        # ‖Σ a e − lo Σ e‖² without a second (s, e) matrix
        norm_s = self._weighted_se.square().sum(1) - 2 * shift_s * (self._weighted_se @ self._total_e)
        norm_s = (norm_s + shift_s.square() * self._total_e.square().sum()) * scale_s.square()
        ms_s = (norm_s - squares_s) / (sum_s.square() - squares_s)
        dead_s = (n - at_low_s < 2) | (span_s <= 0)
        concepts_se = F.normalize(self._weighted_se, dim=1).float()
        return Monosemanticity(ms_s.masked_fill(dead_s, torch.nan).clamp(-1, 1).float(), concepts_se)

    def _count(self, neurons: Tensor, a: Tensor) -> None:
        low_s = torch.full_like(self._low_s, torch.inf).scatter_reduce_(0, neurons, a, "amin")
        at_low_s = torch.zeros_like(self._at_low_s).index_add_(0, neurons, (a == low_s[neurons]).long())
        self._take_low(low_s, at_low_s)
        self._high_s.scatter_reduce_(0, neurons, a, "amax")
        self._listed_s += torch.bincount(neurons, minlength=self.width)

    def _take_low(self, low_s: Tensor, at_low_s: Tensor) -> None:
        same = torch.where(low_s == self._low_s, at_low_s, 0)
        self._at_low_s = torch.where(low_s < self._low_s, at_low_s, self._at_low_s + same)
        self._low_s = torch.minimum(self._low_s, low_s)


def unit(embeddings_be: Float[Tensor, "b e"]) -> Float[Tensor, "b e"]:
    """Embeddings at unit length, float64.

    Raises:
        UserError: if one is zero, NaN or infinite.
    """
    norms = embeddings_be.double().norm(dim=1, keepdim=True)
    if not (norms.isfinite() & (norms > 0)).all():
        raise UserError("an embedding of the similarity encoder is zero or not finite: embed the pictures again")
    return embeddings_be.double() / norms


def monosemanticity(activations_ns: Float[Tensor, "n s"] | Codes, embeddings_ne: Float[Tensor, "n e"]) -> Float[Tensor, " s"]:
    """MS of every neuron from all activations at once; NaN = dead."""
    codes = activations_ns if isinstance(activations_ns, Codes) else Codes.from_dense(activations_ns)
    accumulator = MonosemanticityAccumulator(codes.width, embeddings_ne.shape[1])
    accumulator.update(codes, embeddings_ne)
    return accumulator.result().ms
