"""MonoSemanticity score (MS) of every neuron, exact, in one pass (PAPER.md §2; arXiv 2504.02821v3, section 3.2)."""

import warnings
from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import UserError
from explorer.models.codes import Codes
from precompute.score.moments import MomentsAccumulator

CROWDED = 1 / 5  # share of activations listed from which a dense product is faster than a sparse one (measured, e = 768)
DENSE_AT_ONCE = 2**24  # activations made dense at a time: 128 MB in float64
ROWS = 1024  # neurons whose concepts are written at a time: 6 MB, e = 768


class Monosemanticity(NamedTuple):
    """Scores of all neurons by one similarity encoder."""

    ms: Float[Tensor, " s"]  # float32, −1 … 1; NaN = dead
    concepts: Float[Tensor, "s e"]  # float32, direction of Σ a e: the activation-weighted mean embedding; 0 if it never fires
    floor: float  # mean cosine of two different images, −1 … 1: the MS of a neuron that fires on all alike; NaN of one image


@dataclass
class MonosemanticityAccumulator:
    """With unit embeddings e_n, and activations a_n min-max scaled to ã_n = (a_n − low) / span:

        MS = Σ_{n<m} ã_n ã_m e_n·e_m / Σ_{n<m} ã_n ã_m = (‖Σ ã e‖² − Σ ã²) / ((Σ ã)² − Σ ã²)
        ‖Σ ã e‖² = ‖Σ a e − low Σ e‖² / span² = (‖Σ a e‖² − 2 low Σ a e · Σ e + low² ‖Σ e‖²) / span²

    so one pass keeps Σ a e (s × e), Σ e and the activations' moments. The floor is the same with every ã = 1, over N images:

        floor = Σ_{n≠m} e_n·e_m / (N (N − 1)) = (‖Σ e‖² − N) / (N (N − 1))

    A neuron with fewer than two images of positive weight is dead: decided by counting them, since numerator and denominator are
    then zero up to rounding only. All is float64 (with one image nearly alone, both are small differences of large numbers; and
    ‖e‖ must be 1 to the last digit): at the paper's size that takes 0.4 GB, and costs only twice the time of float32.

    Args:
        width: number of neurons s.
        embedding_width: e of the similarity encoder's embeddings.
    """

    width: int
    embedding_width: int
    _moments: MomentsAccumulator = field(init=False)
    _weighted_se: Tensor = field(init=False)  # Σ a e
    _total_e: Tensor = field(init=False)  # Σ e

    def __post_init__(self) -> None:
        self._moments = MomentsAccumulator(self.width)
        self._weighted_se = torch.zeros(self.width, self.embedding_width, dtype=torch.float64)
        self._total_e = torch.zeros(self.embedding_width, dtype=torch.float64)

    def update(self, codes: Codes, embeddings_be: Float[Tensor, "b e"]) -> None:
        """Add a batch of images; thousands at a time are fastest.

        Raises:
            UserError: if codes and embeddings are not of as many images, of other widths, not finite, or an embedding is zero;
                nothing is added then.
        """
        self._check(len(codes), codes.width, codes.values, embeddings_be)
        unit_be = unit(embeddings_be)
        if len(codes.values) > CROWDED * len(codes) * codes.width:
            for rows in self._slices(len(codes)):
                self._add_dense(_rows(codes, rows).to_dense(), unit_be[rows])
        else:
            self._moments.update(codes)
            self._weighted_se.addmm_(by_neuron(codes), unit_be)
            self._total_e += unit_be.sum(0)

    def update_dense(self, a_bs: Float[Tensor, "b s"], embeddings_be: Float[Tensor, "b e"]) -> None:
        """Add a batch of images with all their activations, of any sign, in any precision. Raises as `update` does."""
        self._check(len(a_bs), a_bs.shape[1], a_bs, embeddings_be)
        unit_be = unit(embeddings_be)
        for rows in self._slices(len(a_bs)):
            self._add_dense(a_bs[rows], unit_be[rows])

    def merge(self, other: "MonosemanticityAccumulator") -> None:
        """Add what another accumulator has seen."""
        self._moments.merge(other._moments)
        self._weighted_se += other._weighted_se
        self._total_e += other._total_e

    def result(self) -> Monosemanticity:
        """Return the scores over the images seen so far."""
        low_s, span_s, sum_s, squares_s, positive_s = self._moments.result()
        length_s = torch.linalg.vector_norm(self._weighted_se, dim=1)
        norm_s = length_s.square() - 2 * low_s * (self._weighted_se @ self._total_e)
        norm_s = (norm_s + low_s.square() * self._total_e.square().sum()) / span_s.square()
        ms_s = (norm_s - squares_s) / (sum_s.square() - squares_s)
        dead_s = (positive_s < 2) | (span_s == 0)
        ms_s = ms_s.clamp(-1, 1).masked_fill(dead_s, torch.nan).float()
        return Monosemanticity(ms_s, self._directions(length_s), self._floor())

    def _floor(self) -> float:
        images = self._moments.images
        if images < 2:
            return float("nan")
        floor = (self._total_e.square().sum().item() - images) / (images * (images - 1))
        return min(1.0, max(-1.0, floor))

    def _directions(self, length_s: Tensor) -> Tensor:
        """The rows of Σ a e at unit length, float32; a few at a time, while they are in the processor's cache."""
        concepts_se = torch.empty(self._weighted_se.shape)
        for rows in (slice(start, start + ROWS) for start in range(0, self.width, ROWS)):
            concepts_se[rows] = self._weighted_se[rows] / torch.where(length_s > 0, length_s, 1)[rows, None]
        return concepts_se

    def _add_dense(self, a_bs: Tensor, unit_be: Tensor) -> None:
        a_bs = a_bs.double()
        self._moments.update_dense(a_bs)
        self._weighted_se.addmm_(a_bs.T, unit_be)
        self._total_e += unit_be.sum(0)

    def _slices(self, images: int) -> list[slice]:
        size = max(1, DENSE_AT_ONCE // self.width)
        return [slice(start, min(images, start + size)) for start in range(0, images, size)]

    def _check(self, images: int, width: int, activations: Tensor, embeddings_be: Tensor) -> None:
        if images != len(embeddings_be):
            raise UserError(f"{images} images' activations came with {len(embeddings_be)} embeddings: use those of one image set")
        if (width, embeddings_be.shape[1]) != (self.width, self.embedding_width):
            raise UserError(
                f"asked for {self.width} neurons and embeddings {self.embedding_width} wide, got {width} and "
                f"{embeddings_be.shape[1]}: use the SAE and the similarity encoder that the run began with"
            )
        if not activations.isfinite().all():
            raise UserError("an activation is NaN or infinite: extract the activations again")


def by_neuron(codes: Codes) -> Tensor:
    """The activations as a sparse CSR matrix (neurons, images), float64.

    Times the embeddings, added in place, it makes Σ a e: measured on 50,000 images × 20 active of 65,536 × 768-d, two cores,
    float64, 0.5–1 s; `embedding_bag` over each neuron's images took 2.8 s, and more to be added. Narrow indices halve their
    traffic and sort faster.
    """
    neurons, order = torch.sort(codes.neurons.int(), stable=True)
    starts = torch.searchsorted(neurons, torch.arange(codes.width + 1, dtype=torch.int32), out_int32=True)
    images = codes.rows[order].int()
    shape = (codes.width, len(codes))
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # "in beta", says torch; it is one BLAS call
        return torch.sparse_csr_tensor(starts, images, codes.values[order].double(), shape, check_invariants=False)


def _rows(codes: Codes, rows: slice) -> Codes:
    starts = codes.starts[rows.start : rows.stop + 1]
    entries = slice(int(starts[0]), int(starts[-1]))
    return Codes(starts - starts[0], codes.neurons[entries], codes.values[entries], codes.width)


def unit(embeddings_be: Float[Tensor, "b e"]) -> Float[Tensor, "b e"]:
    """Embeddings at unit length, float64.

    Raises:
        UserError: if one is zero, NaN or infinite.
    """
    e_be = embeddings_be.to(torch.float64, copy=True)  # divided in place: fresh memory costs more than the arithmetic
    norms = torch.linalg.vector_norm(e_be, dim=1, keepdim=True)
    if not norms.isfinite().all():
        raise UserError("an embedding of the similarity encoder is NaN or infinite: embed the images again")
    if zero := int((norms == 0).sum()):
        what = f"{zero:,} of {len(e_be):,} embeddings of the similarity encoder are zero and have no direction to compare"
        raise UserError(f"{what}: check the encoder, or the file that was brought")
    return e_be.div_(norms)


def monosemanticity(activations_ns: Float[Tensor, "n s"] | Codes, embeddings_ne: Float[Tensor, "n e"]) -> Float[Tensor, " s"]:
    """MS of every neuron from all activations at once; NaN = dead.

    Raises:
        UserError: if they are not of as many images, not finite, or an embedding is zero.
    """
    sparse = isinstance(activations_ns, Codes)
    width = activations_ns.width if sparse else activations_ns.shape[1]
    accumulator = MonosemanticityAccumulator(width, embeddings_ne.shape[1])
    if sparse:
        accumulator.update(activations_ns, embeddings_ne)
    else:
        accumulator.update_dense(activations_ns, embeddings_ne)
    return accumulator.result().ms
