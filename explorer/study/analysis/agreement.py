"""How far people agree with MS: how often most of them choose the neuron whose MS is higher (PAPER.md §4)."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from explorer.study.analysis.curve import Curve, logistic_curve
from explorer.study.analysis.interval import Share, share_of_answers, share_of_pairs
from explorer.study.analysis.votes import Votes, majority, votes
from explorer.study.design import bin_width


class Agreement(NamedTuple):
    """Agreement of a study's answers with MS. A pair counts by its majority, as in the paper; a tie counts half."""

    participants: int
    answers: int  # of all kinds
    undecided: int  # answers that chose neither
    majority: Share  # of pairs, as they were asked
    uniform: Share  # mean over the bins: as if |ΔMS| had been uniform
    single: Share  # of single answers: lower than the majority's, so no measure of the paper's figures
    bins: tuple[Share, ...]  # of pairs by |ΔMS| in steps of `width`, from 0 on
    at_least: tuple[Share, ...]  # of pairs whose |ΔMS| is that of a bin, or larger
    width: float
    per_pair: float  # decided answers on a pair, on average
    alpha: float  # Krippendorff's, of all answers: 0 is chance, 1 is one mind; NaN where no pair has two
    curve: Curve | None  # of the majority against |ΔMS|; None where there is no one curve
    seconds: float  # that an answer took, in the median


def agreement(answers: pd.DataFrame) -> Agreement:
    """Count a study's answers.

    Args:
        answers: with the columns participant, pair, first_ms, second_ms, chosen and, for response times, milliseconds.
    """
    cast = votes(answers)
    width = bin_width(float(cast.difference.max(initial=0)))
    at = bin_of(cast.difference, width)
    bins = range(int(at.max()) + 1 if len(at) else 0)
    return Agreement(
        participants=len(set(answers["participant"])),
        answers=len(answers),
        undecided=len(answers.query("chosen == 'neither'")),
        majority=share_of_pairs(cast),
        uniform=share_of_pairs(cast, strata=at),
        single=share_of_answers(cast),
        bins=tuple(share_of_pairs(_of(cast, at == each)) for each in bins),
        at_least=tuple(share_of_pairs(_of(cast, at >= each)) for each in bins),
        width=width,
        per_pair=float(cast.cast.mean()) if len(at) else float("nan"),
        alpha=krippendorff_alpha(answers),
        curve=logistic_curve(cast.difference, majority(cast.agreeing, cast.cast)),
        seconds=_median_seconds(answers),
    )


def bin_of(difference: np.ndarray, width: float) -> np.ndarray:
    """The bin of each |ΔMS|; one on the edge belongs to the bin above."""
    return np.floor(difference / width + 1e-9).astype(int)


_CODES = {"first": 0, "second": 1, "neither": 2}


def krippendorff_alpha(answers: pd.DataFrame) -> float:
    """Krippendorff's α of the choices, nominal; NaN where no pair has two answers, or all answers are the same."""
    import krippendorff

    codes = [_CODES[chosen] for chosen in answers["chosen"]]
    table = answers.assign(code=codes).pivot_table(index="participant", columns="pair", values="code", aggfunc="first")
    if table.size == 0 or len(set(codes)) < 2 or table.notna().to_numpy().sum(axis=0).max() < 2:
        return float("nan")
    return float(krippendorff.alpha(table.to_numpy(float), level_of_measurement="nominal"))


def _median_seconds(answers: pd.DataFrame) -> float:
    if answers.empty or "milliseconds" not in answers:
        return float("nan")
    return float(np.median(answers["milliseconds"].to_numpy(float))) / 1000


def _of(cast: Votes, kept: np.ndarray) -> Votes:
    """The votes on some of the pairs."""
    here = kept[cast.pair]
    number = np.cumsum(kept) - 1
    rater = np.unique(cast.rater[here], return_inverse=True)[1]
    return Votes(number[cast.pair[here]], rater, cast.agrees[here], cast.difference[kept])
