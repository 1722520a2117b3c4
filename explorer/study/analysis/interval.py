"""Shares of pairs with 95 % intervals that hold although the answers of one person, and those on one pair, are alike.

The variance of a share is the sum of two parts. Pairs: what resampling the pairs gives, in the closed form that the bootstrap
of a mean has. Raters: what leaving out one rater at a time gives (the jackknife), beyond what leaving out as many single
answers would give; this keeps apart what the raters have in common from chance that the pairs' part holds already (two-way
clusters: Cameron, Gelbach and Miller 2011, doi 10.1198/jbes.2010.07136). The interval is Wilson's (doi
10.1080/01621459.1927.10502953), for as many independent answers as have that variance, with Student's quantile: it stays in [0,
1], and has a width where all agree.

With three raters who differ much, on hundreds of pairs, no method can know how far other raters would differ: such intervals hold
the truth in about 85 of 100 studies.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from explorer.study.analysis.votes import Votes, majority

NAN = float("nan")
LEVEL = 0.95


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval; all NaN of nothing."""

    share: float
    low: float
    high: float
    count: int
    """What it is a share of: pairs, or answers."""


NOTHING = Share(NAN, NAN, NAN, 0)


def share_of_pairs(votes: Votes, strata: Int[np.ndarray, "p"] | None = None) -> Share:
    """The share of pairs whose majority agrees.

    Args:
        votes: the answers.
        strata: a group for each pair: the mean over the groups is taken, as if each had as many pairs. One group if None.
    """
    pairs = len(votes.difference)
    if pairs == 0:
        return NOTHING
    groups = np.zeros(pairs, int) if strata is None else np.unique(strata, return_inverse=True)[1]
    weight = 1 / (np.bincount(groups)[groups] * (groups.max() + 1))
    cast, agreeing = votes.cast, votes.agreeing
    outcome = majority(agreeing, cast)
    share = round(float(weight @ outcome), 12)  # a sum of weights may fall short of 1
    without = majority(agreeing[votes.pair] - votes.agrees, cast[votes.pair] - 1)
    without = np.where(cast[votes.pair] > 1, without, share)  # the only answer takes its pair with it
    change = weight[votes.pair] * (without - outcome[votes.pair])
    return _interval(share, _variance_of_pairs(weight, outcome, groups), change, votes.rater, pairs - groups.max() - 1, pairs)


def share_of_answers(votes: Votes) -> Share:
    """The share of single answers that agree."""
    answers, pairs = len(votes.agrees), len(votes.difference)
    if answers == 0:
        return NOTHING
    share, cast = float(votes.agrees.mean()), votes.cast
    variance = _variance_of_pairs(cast / answers, votes.agreeing / cast, np.zeros(pairs, int))
    change = (share - votes.agrees) / answers
    return _interval(share, variance, change, votes.rater, pairs - 1, answers)


def wilson(share: float, count: float, quantile: float) -> tuple[float, float]:
    """Wilson's score interval of a share of `count` independent answers."""
    square = quantile**2 / count
    middle, reach = share + square / 2, quantile * np.sqrt(share * (1 - share) / count + square / (4 * count))
    return float((middle - reach) / (1 + square)), float((middle + reach) / (1 + square))


def _variance_of_pairs(weight: np.ndarray, outcome: Float[np.ndarray, "p"], groups: np.ndarray) -> float:
    """Of a weighted mean, where the pairs of each group are drawn anew; a group of one pair varies as all of them do."""
    size, total = np.bincount(groups), np.bincount(groups, weight)
    middle = np.bincount(groups, weight * outcome) / total
    spread = np.bincount(groups, (weight * (outcome - middle[groups])) ** 2)
    share = float(weight @ outcome)
    return float(np.where(size > 1, spread * size / np.maximum(size - 1, 1), total**2 * share * (1 - share)).sum())


def _interval(share: float, pairs: float, change: np.ndarray, rater: np.ndarray, freedom: int, count: int) -> Share:
    """The interval.

    Args:
        share: the estimate.
        pairs: variance by the pairs.
        change: of the estimate, where one answer is left out.
        rater: of each answer.
        freedom: pairs, less their groups.
        count: what it is a share of.
    """
    from scipy.special import stdtrit

    of_rater = np.bincount(rater, change)
    many = len(of_rater)
    kept = (many - 1) / many
    raters = max(0.0, float(kept * (((of_rater - of_rater.mean()) ** 2).sum() - (change**2).sum())))
    variance = pairs + raters
    if variance <= 0:  # all alike
        effective, degrees = float(count), float(max(freedom, 1))
    else:
        effective = min(count, share * (1 - share) / variance)
        degrees = variance**2 / (pairs**2 / max(freedom, 1) + raters**2 / max(many - 1, 1))
    low, high = wilson(share, max(effective, 1.0), float(stdtrit(max(degrees, 1.0), (1 + LEVEL) / 2)))
    return Share(share, low, high, count)
