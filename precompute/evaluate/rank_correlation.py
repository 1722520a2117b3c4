"""Spearman's rank correlation: plain, given a third quantity, and with an interval."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

RESAMPLES = 1000
LEVEL = 0.95  # of the interval


class RankCorrelation(NamedTuple):
    """Spearman's ρ of two quantities; NaN where it is undefined, as for fewer than three or for equal values."""

    spearman: float
    low: float  # interval of 95 %, percentiles of bootstrap resamples
    high: float
    partial: float  # given the third quantity


def rank_correlation(
    x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], given: Float[np.ndarray, " n"], seed: int = 0
) -> RankCorrelation:
    """Correlate x and y by rank; items with a NaN are left out, ties get their mean rank.

    Args:
        given: the quantity that `partial` holds fixed: (ρxy − ρxz ρyz) / √((1 − ρxz²)(1 − ρyz²)).
        seed: of the resamples.
    """
    columns = np.stack([x, y, given], 1).astype(float)
    columns = columns[~np.isnan(columns).any(1)]
    if len(columns) < 3:
        return RankCorrelation(np.nan, np.nan, np.nan, np.nan)
    xy, xz, yz = _spearman(columns)
    rng = np.random.default_rng(seed)
    drawn = [_spearman(columns[rng.integers(0, len(columns), len(columns))])[0] for _ in range(RESAMPLES)]
    known = [rho for rho in drawn if not np.isnan(rho)] or [np.nan]
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    rest = (1 - xz**2) * (1 - yz**2)
    return RankCorrelation(xy, float(low), float(high), (xy - xz * yz) / rest**0.5 if rest > 0 else np.nan)


def _spearman(columns_n3: Float[np.ndarray, "n 3"]) -> tuple[float, float, float]:
    """ρ of the first and second column, the first and third, the second and third."""
    ranks = pd.DataFrame(columns_n3).rank().to_numpy()
    centred = ranks - ranks.mean(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        unit = centred / np.linalg.norm(centred, axis=0)
    return float(unit[:, 0] @ unit[:, 1]), float(unit[:, 0] @ unit[:, 2]), float(unit[:, 1] @ unit[:, 2])
