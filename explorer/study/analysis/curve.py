"""A logistic curve of agreement against |ΔMS|."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Curve(NamedTuple):
    """P(agree) = 1 / (1 + exp(−(intercept + slope · |ΔMS|)))."""

    intercept: float
    slope: float

    def at(self, difference: Float[np.ndarray, "*n"] | float) -> Float[np.ndarray, "*n"]:
        """Agreement that it gives for |ΔMS|."""
        return 1 / (1 + np.exp(-(self.intercept + self.slope * np.asarray(difference))))


def logistic_curve(difference: Float[np.ndarray, "p"], outcome: Float[np.ndarray, "p"]) -> Curve | None:
    """The curve of the highest likelihood.

    Args:
        difference: |ΔMS| of each pair.
        outcome: 1 where most agree, 0 where not, ½ where tied.

    Returns:
        None where no one curve is the best: too few pairs, or a threshold of |ΔMS| divides them without error.
    """
    from scipy.optimize import minimize

    if len(outcome) < 3 or outcome.min() == outcome.max() or np.ptp(difference) == 0:
        return None

    def loss(line: np.ndarray) -> float:
        logit = line[0] + line[1] * difference
        return float((np.logaddexp(0, logit) - outcome * logit).sum())

    def slope(line: np.ndarray) -> np.ndarray:
        error = Curve(*line).at(difference) - outcome
        return np.array([error.sum(), error @ difference])

    found = minimize(loss, np.zeros(2), jac=slope, method="BFGS")
    steep = bool(np.abs(found.x[1]) * np.ptp(difference) > STEEPEST)
    return None if steep or not np.isfinite(found.x).all() else Curve(float(found.x[0]), float(found.x[1]))


STEEPEST = 20.0  # logits from the smallest |ΔMS| to the largest; only pairs that a threshold divides are steeper
