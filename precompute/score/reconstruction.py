"""How faithful and how sparse an SAE is, over all vectors."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.models.codes import Codes


class Reconstruction(NamedTuple):
    """Over the vectors seen."""

    r2: float  # 1 − Σ‖v − v̂‖² / Σ‖v − v̄‖²; NaN where the vectors do not vary
    l0: float  # mean number of active neurons per vector
    dead: int  # neurons that never fired


@dataclass
class ReconstructionAccumulator:
    """R² from Σ‖v − v̂‖², Σ‖v‖² and Σv:  Σ‖v − v̄‖² = Σ‖v‖² − ‖Σv‖² / n. Sums are float64."""

    width: int
    neurons: int
    vectors: int = 0
    _error: float = 0.0
    _squares: float = 0.0
    _active: int = 0
    _sum: Tensor = field(init=False)
    _fired: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self._sum = torch.zeros(self.width, dtype=torch.float64)
        self._fired = torch.zeros(self.neurons, dtype=torch.bool)

    def update(self, v_bd: Float[Tensor, "b d"], reconstruction_bd: Float[Tensor, "b d"], codes: Codes) -> None:
        """Add a batch of vectors."""
        self.vectors += len(v_bd)
        self._error += (v_bd - reconstruction_bd).double().square().sum().item()
        self._squares += v_bd.double().square().sum().item()
        self._sum += v_bd.double().sum(0)
        self._active += len(codes.values)
        self._fired[codes.neurons] = True

    def merge(self, other: "ReconstructionAccumulator") -> None:
        """Add all that another accumulator saw."""
        self.vectors += other.vectors
        self._error += other._error
        self._squares += other._squares
        self._sum += other._sum
        self._active += other._active
        self._fired |= other._fired

    def result(self) -> Reconstruction:
        """The measures of what was seen so far."""
        variation = self._squares - self._sum.square().sum().item() / max(1, self.vectors)
        r2 = 1 - self._error / variation if variation > 0 else float("nan")
        return Reconstruction(r2, self._active / max(1, self.vectors), int((~self._fired).sum()))
