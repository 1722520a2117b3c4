"""How far people agree with MS: how often they choose the neuron whose MS is higher (PAPER.md §4)."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from explorer.study.design import bin_width

Z = 1.959964  # of a 95 % interval
# PAPER.md §4: of all pairs asked per bin of |ΔMS| (DINOv2), the share where most people chose the higher MS
PAPER_PAIRS = (177, 139, 126, 138, 121, 90, 105, 63, 41)
PAPER_AGREE = (0.56, 0.66, 0.71, 0.81, 0.85, 0.93, 0.94, 0.96, 1.00)


@dataclass(frozen=True)
class Share:
    """A share of something counted, with Wilson's 95 % interval; all NaN of nothing."""

    share: float
    low: float
    high: float
    count: int


class Agreement(NamedTuple):
    """Agreement of all answers of a study."""

    participants: int
    answers: int  # of all kinds
    undecided: int  # answers that chose neither
    overall: Share  # of decided answers, as they were asked
    uniform: float  # mean over the bins: as if |ΔMS| had been uniform, so that many easy pairs do not flatter; NaN of nothing
    bins: tuple[Share, ...]  # of decided answers, by |ΔMS| in steps of `width`, from 0 on
    width: float
    majority: Share  # of pairs: those where more chose the one than the other


def agreement(answers: pd.DataFrame) -> Agreement:
    """Count a study's answers.

    Args:
        answers: as `Answers.table` gives them.
    """
    decided = answers.query("chosen != 'neither'")
    higher = np.where(decided["first_ms"] >= decided["second_ms"], "first", "second")
    agrees = (decided["chosen"] == higher).to_numpy()
    difference = np.abs(decided["first_ms"].to_numpy(float) - decided["second_ms"].to_numpy(float))
    width = bin_width(float(difference.max(initial=0)))
    bins = by_bin(difference, agrees, width)
    there = [share.share for share in bins if share.count]
    return Agreement(
        len(set(answers["participant"])),
        len(answers),
        len(answers) - len(decided),
        wilson(int(agrees.sum()), len(agrees)),
        float(np.mean(there)) if there else float("nan"),
        bins,
        width,
        _majority(decided["pair"].to_numpy(), agrees),
    )


def by_bin(difference: np.ndarray, agrees: np.ndarray, width: float) -> tuple[Share, ...]:
    """Agreement by |ΔMS|; as many bins as the largest difference needs."""
    if len(difference) == 0:
        return ()
    at = np.floor(difference / width + 1e-9).astype(int)
    return tuple(wilson(int(agrees[at == i].sum()), int((at == i).sum())) for i in range(int(at.max()) + 1))


def wilson(hits: int, count: int) -> Share:
    """Wilson's score interval (doi 10.1080/01621459.1927.10502953)."""
    if count == 0:
        return Share(float("nan"), float("nan"), float("nan"), 0)
    share, square = hits / count, Z * Z / count
    middle, reach = share + square / 2, Z * np.sqrt(share * (1 - share) / count + square / (4 * count))
    return Share(share, float((middle - reach) / (1 + square)), float((middle + reach) / (1 + square)), count)


def _majority(pair: np.ndarray, agrees: np.ndarray) -> Share:
    pairs, at = np.unique(pair, return_inverse=True)
    votes = np.bincount(at, np.where(agrees, 1, -1), minlength=len(pairs))
    return wilson(int((votes > 0).sum()), int((votes != 0).sum()))
