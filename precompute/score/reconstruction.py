"""R², L0 and dead neurons of an SAE, over all vectors."""

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.models.codes import Codes


class Reconstruction(NamedTuple):
    """Metrics over the vectors seen."""

    r2: float  # 1 − Σ‖v − v̂‖² / Σ‖v − v̄‖²; NaN where the vectors do not vary
    l0: float  # mean number of active neurons per vector
    dead: int  # neurons that never fired


@dataclass
class ReconstructionAccumulator:
    """R² = 1 − Σ‖v − v̂‖² / M with M = Σ‖v − v̄‖². Of two parts with means v̄₁, v̄₂ of n₁, n₂ vectors (Chan et al. 1983)

        M = M₁ + M₂ + ‖v̄₁ − v̄₂‖² n₁ n₂ / (n₁ + n₂)

    which, unlike Σ‖v‖² − n‖v̄‖², loses no digits where the mean is long. Sums are float64.

    Args:
        width: d of the vectors.
        neurons: of the SAE.
    """

    width: int
    neurons: int
    vectors: int = 0
    _error: float = 0.0
    _variation: float = 0.0  # M
    _active: int = 0
    _mean: Tensor = field(init=False)
    _fired: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self._mean = torch.zeros(self.width, dtype=torch.float64)
        self._fired = torch.zeros(self.neurons, dtype=torch.bool)

    def update(self, v_bd: Float[Tensor, "b d"], reconstruction_bd: Float[Tensor, "b d"], codes: Codes) -> None:
        """Add a batch of vectors."""
        if len(v_bd) == 0:
            return
        v_bd = v_bd.double()
        mean = v_bd.mean(0)
        self._add(len(v_bd), mean, (v_bd - mean).square().sum().item())
        self._error += (v_bd - reconstruction_bd).square().sum().item()
        self._active += len(codes.values)
        self._fired[codes.neurons] = True

    def merge(self, other: "ReconstructionAccumulator") -> None:
        """Add what another accumulator has seen."""
        self._add(other.vectors, other._mean, other._variation)
        self._error += other._error
        self._active += other._active
        self._fired |= other._fired

    def result(self) -> Reconstruction:
        """Return the metrics over the vectors seen so far."""
        r2 = 1 - self._error / self._variation if self._variation > 0 else float("nan")
        return Reconstruction(r2, self._active / max(1, self.vectors), int((~self._fired).sum()))

    def _add(self, vectors: int, mean: Tensor, variation: float) -> None:
        share = vectors / max(1, self.vectors + vectors)
        apart = mean - self._mean
        self._variation += variation + apart.square().sum().item() * self.vectors * share
        self._mean += apart * share
        self.vectors += vectors
