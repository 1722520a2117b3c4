"""SIMULATED raters: a noisy judge answers a study's pairs, to try its power before people are paid. No answer of it is ever kept.

P(the rater chooses the neuron that is truly more focused) = 1 / (1 + exp(−(slope · |Δtruth| + pair + rater))), pair and rater
drawn from normal distributions of width 1 and `spread`; a careless rater tosses a coin, and so do all where the slope is 0. The
truth is MS, or any other score of the neurons.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from explorer.errors import UserError
from explorer.study.analysis.interval import share_of_pairs
from explorer.study.analysis.votes import votes
from explorer.study.design import Study

LABEL = "SIMULATION: made-up raters, no people"
Truth = Mapping[tuple[str, int], float]  # by atlas and neuron


class Judge(NamedTuple):
    """How the raters judge."""

    slope: float = 3.5  # 0: everybody guesses
    spread: float = 0.3  # how far raters differ
    careless: float = 0.0  # share of raters who toss a coin


class Power(NamedTuple):
    """What many simulated studies found; shares of pairs whose majority agrees with MS."""

    studies: int
    agree: float  # on average
    low: float  # 95 of 100 studies found a share between these two
    high: float
    width: float  # of a study's 95 % interval, on average
    above_chance: float  # share of studies whose interval lies above one half


def simulated(study: Study, people: int, rng: np.random.Generator, judge: Judge, truth: Truth | None = None) -> pd.DataFrame:
    """One simulated study's answers to its pairs, with the columns that `agreement` reads.

    Args:
        study: its pairs, and how many answers each gets.
        people: raters; each answers as many pairs as the study allows at most.
        rng: decides everything.
        judge: how they judge.
        truth: what they judge by, a score of each neuron; MS if None.

    Raises:
        UserError: if the truth lacks a neuron of the study.
    """
    pairs = study.of_kind("pair")
    score = [[_truth(truth, side.atlas, side.neuron, side.ms) for side in (pair.first, pair.second)] for pair in pairs]
    apart = np.subtract(*np.array(score).T)
    ease, skill = rng.normal(0, 1, len(pairs)), rng.normal(0, judge.spread, people)
    careless = rng.random(people) < judge.careless
    rows: list[dict[str, Any]] = []
    for at, rater in _assigned(len(pairs), people, study.rules.answers or people, study.rules.each, rng):
        logit = judge.slope * abs(apart[at]) + ease[at] + skill[rater]
        right = rng.random() < (0.5 if careless[rater] or judge.slope == 0 else 1 / (1 + np.exp(-logit)))
        first = right == (apart[at] >= 0)
        pair = pairs[at]
        about = {"participant": f"simulated-{rater + 1}", "pair": pair.number, "first_ms": pair.first.ms}
        rows.append(about | {"second_ms": pair.second.ms, "chosen": "first" if first else "second", "kind": "pair"})
    return pd.DataFrame(rows, columns=["participant", "pair", "first_ms", "second_ms", "chosen", "kind"])


def simulated_power(study: Study, people: int, judge: Judge, truth: Truth | None, studies: int, seed: int) -> Power:
    """Run the study many times."""
    rng = np.random.default_rng(seed)
    found = [share_of_pairs(votes(simulated(study, people, rng, judge, truth))) for _ in range(studies)]
    shares = np.array([each.share for each in found])
    low, high = np.quantile(shares, [0.025, 0.975])
    width = float(np.mean([each.high - each.low for each in found]))
    return Power(
        studies, float(shares.mean()), float(low), float(high), width, float(np.mean([each.low > 0.5 for each in found]))
    )


def told(study: Study, people: int, judge: Judge, found: Power) -> str:
    """Lines for a terminal; each table of it says that it is a simulation."""
    asked = f"{LABEL}\n{people} raters on {len(study.of_kind('pair'))} pairs of {study.name}, slope {judge.slope:g}, "
    asked += f"spread {judge.spread:g}, {100 * judge.careless:.0f} % careless; {found.studies} studies\n\n"
    rows = [
        ("majority agrees with MS", f"{100 * found.agree:.1f} % on average, {100 * found.low:.1f}–{100 * found.high:.1f} %"),
        ("width of the interval", f"{100 * found.width:.0f} points on average"),
        ("interval above one half", f"in {100 * found.above_chance:.0f} % of the studies"),
    ]
    return asked + "".join(f"{name:26}{value}\n" for name, value in rows)


def _truth(truth: Truth | None, atlas: str, neuron: int, ms: float) -> float:
    if truth is None:
        return ms
    if (atlas, neuron) not in truth:
        raise UserError(f"the truth has no score of neuron {neuron} of {atlas}: add it, or leave the truth out to judge by MS")
    return truth[atlas, neuron]


def _assigned(pairs: int, people: int, answers: int, each: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Which rater answers which pair: different people, the least asked first, nobody more than `each`."""
    load = np.zeros(people, int)
    chosen: list[tuple[int, int]] = []
    for pair in rng.permutation(pairs).tolist():
        order = np.lexsort((rng.random(people), load))
        for rater in [rater for rater in order.tolist() if load[rater] < each][:answers]:
            load[rater] += 1
            chosen.append((pair, rater))
    return chosen
