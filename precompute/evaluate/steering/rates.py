"""The share of answers that meet the criteria, over neurons, with intervals: bootstrap over neurons."""

from collections.abc import Iterable
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy.stats import bootstrap

from precompute.evaluate.steering.plan import MATCHED

RESAMPLES = 2000
ENDINGS = ("", "_low", "_high")  # of the columns of an interval
PAPERS = "sae"  # the arm that the others are compared with


Groups = Iterable[tuple[tuple[str, str, float], pd.DataFrame]]  # by task, arm and strength


class Interval(NamedTuple):
    """A mean and its interval of 95 %; NaN where there are fewer than two neurons."""

    mean: float
    low: float
    high: float


def interval(shares: Float[np.ndarray, " neurons"]) -> Interval:
    """The mean over neurons: percentiles of bootstrap resamples of the neurons."""
    if len(shares) < 2:
        return Interval(float(shares.mean()) if len(shares) else np.nan, np.nan, np.nan)
    found = bootstrap((shares,), np.mean, n_resamples=RESAMPLES, method="percentile", rng=0).confidence_interval
    return Interval(float(shares.mean()), float(found.low), float(found.high))


def difference(first: Float[np.ndarray, " n"], second: Float[np.ndarray, " m"]) -> Interval:
    """The difference of the means of two sets of neurons, each resampled by itself."""
    if min(len(first), len(second)) < 2:
        return Interval(np.nan, np.nan, np.nan)

    def apart(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
        return x.mean(axis=axis) - y.mean(axis=axis)

    found = bootstrap((first, second), apart, n_resamples=RESAMPLES, method="percentile", rng=0).confidence_interval
    return Interval(float(apart(first, second)), float(found.low), float(found.high))


def rates(trials: pd.DataFrame, chosen: dict[str, list[int]]) -> pd.DataFrame:
    """One row for each task, set of neurons, arm and strength, `point` telling which are matched in strength and which best.

    Columns: task, chosen, arm, times, point, neurons, answers, concept, kept, both, both_low, both_high; ahead, ahead_low and
    ahead_high: how far the paper's arm is ahead of this one in `both` at the same strength, over the same neurons.

    Args:
        trials: what `trial` gives, of all neurons.
        chosen: the neurons of each set.
    """
    parts = []
    for by, neurons in chosen.items():
        own = trials[trials["neuron"].isin(neurons)]
        tried = {task: len(set(rows["neuron"])) for task, rows in own.groupby("task")}
        for (task, arm, times), rows in cast(Groups, own.groupby(["task", "arm", "times"], sort=False)):
            if len(rows) == tried[task]:  # an arm that was tried on some neurons of a set alone has no rate of it
                of = {"task": task, "chosen": by, "arm": arm, "times": times}
                parts.append(of | _rate(rows, _papers(trials, task, times) if arm != PAPERS else {}))
    return _with_points(pd.DataFrame(parts))


def _papers(trials: pd.DataFrame, task: object, times: object) -> dict[int, float]:
    """By neuron, the share of the paper's arm that meets both criteria."""
    same = (trials["task"] == task) & (trials["arm"] == PAPERS) & (trials["times"] == times)
    return dict(zip(trials.loc[same, "neuron"], trials.loc[same, "both"], strict=True))


def _rate(rows: pd.DataFrame, papers: dict[int, float]) -> dict[str, Any]:
    shares = rows["both"].to_numpy(float)
    ahead = np.array([papers[neuron] for neuron in rows["neuron"]]) - shares if papers else np.zeros(0)
    counts = {"neurons": len(rows), "answers": rows["answers"].sum()}
    intervals = zip(("both", "ahead"), (interval(shares), interval(ahead)), strict=True)
    named = {f"{name}{ending}": value for name, found in intervals for ending, value in zip(ENDINGS, found, strict=True)}
    return counts | {name: rows[name].mean() for name in ("concept", "kept")} | named


def _with_points(table: pd.DataFrame) -> pd.DataFrame:
    """The table with a column `point`: `matched`, `best` of its task, set and arm, both, or neither."""
    if table.empty:
        return table
    best = table.groupby(["task", "chosen", "arm"])["both"].transform("idxmax") == table.index
    matched = table["times"] == MATCHED
    point = np.select([matched & best, matched, best], ["matched, best", "matched", "best"], "")
    table.insert(table.columns.get_loc("neurons"), "point", point)  # type: ignore[arg-type]
    return table
