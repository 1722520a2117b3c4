"""The shape of an SAE."""

from dataclasses import dataclass
from typing import Literal, get_args

from explorer.errors import UserError

Kind = Literal["matryoshka", "batchtopk", "topk", "relu"]
KINDS = get_args(Kind)
MATRYOSHKA_FRACTIONS = (0.0625, 0.125, 0.25, 0.5625)  # PAPER.md §1, of ω


@dataclass(frozen=True)
class SaeConfig:
    """The shape of an SAE."""

    kind: Kind
    """Which neurons fire: of BatchTopK, Matryoshka and ReLU those above a threshold, of TopK each vector's k largest."""
    width: int
    """d of the vectors it reads."""
    neurons: int
    """ω."""
    k: int
    """Neurons active per vector, on average over a batch."""
    group_sizes: tuple[int, ...]
    """Neurons per Matryoshka level, coarsest first; one group for the other kinds."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UserError(f"there is no SAE of kind {self.kind}; choose one of {', '.join(KINDS)}")
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
        """Of its weights, biases and thresholds, in float32, at most."""
        return 4 * (2 * self.neurons * self.width + 2 * self.neurons + self.width)


def sae_config(
    kind: Kind, width: int, expansion: float, k: int, fractions: tuple[float, ...] = MATRYOSHKA_FRACTIONS
) -> SaeConfig:
    """The shape for a tap of `width`: ω = expansion × d, in groups of these fractions of ω if Matryoshka.

    Raises:
        UserError: if there is no such shape.
    """
    neurons = round(expansion * width)
    sizes = [neurons]
    if kind == "matryoshka":
        if min(fractions, default=0.0) <= 0 or abs(sum(fractions) - 1) > 1e-6:
            told = " + ".join(f"{fraction:g}" for fraction in fractions)
            raise UserError(f"--fractions {told} = {sum(fractions):g}: must be positive and sum to 1")
        sizes = [int(fraction * neurons) for fraction in fractions[:-1]]
        sizes.append(neurons - sum(sizes))
    return SaeConfig(kind, width, neurons, k, tuple(sizes))
