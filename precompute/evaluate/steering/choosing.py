"""Which neurons steer: by what can be known of them beforehand, and whether choosing by steerability beats choosing by MS."""

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.atlas.atlas import Atlas
from precompute.evaluate.rank_correlation import rank_correlation
from precompute.evaluate.steering.plan import MATCHED
from precompute.evaluate.steering.rates import PAPERS, difference


def predictors(trials: pd.DataFrame, atlas: Atlas, neurons: list[int]) -> pd.DataFrame:
    """Spearman's correlation of each predictor with a neuron's share of answers that meet both criteria, at matched strength.

    Columns: task, predictor, neurons, spearman, low, high (95 %), partial (given density).

    Args:
        neurons: drawn at random, for those that were chosen by a predictor vary little in it.
    """
    known = {
        "ms": atlas.ms(),
        "density": atlas.neurons["density"].to_numpy(float),
        "level": atlas.neurons["level"].to_numpy(float),
        "label_share": atlas.neurons["label_share"].to_numpy(float),
        "name_score": atlas.neurons["name_score"].to_numpy(float),
        "steerability": atlas.neurons["steerability"].to_numpy(float),
    }
    rows = []
    for task in trials["task"].unique():
        by_neuron = _both(trials, task, MATCHED)
        tried = np.array([neuron for neuron in neurons if neuron in by_neuron], int)
        both = np.array([by_neuron[neuron] for neuron in tried], float)
        for name, values in known.items():
            found = rank_correlation(values[tried], both, known["density"][tried])
            rows.append((task, name, int(np.isfinite(values[tried]).sum()), *found))
    return pd.DataFrame(rows, columns=["task", "predictor", "neurons", "spearman", "low", "high", "partial"])


def by_choice(trials: pd.DataFrame, chosen: dict[str, list[int]]) -> pd.DataFrame:
    """The most steerable neurons against as many of the highest MS: share of answers that meet both criteria, and the difference.

    Columns: task, at (`matched`, or `best`: each set at the strength where it does best), neurons, steerability, ms, ahead,
    ahead_low, ahead_high. Empty where nobody has tried which neurons steer.
    """
    if not {"steerability", "ms"} <= chosen.keys():
        return pd.DataFrame()
    count, rows = len(chosen["ms"]), []
    sets = {name: chosen[name][:count] for name in ("steerability", "ms")}
    for task in trials["task"].unique():
        for at in ("matched", "best"):
            by_set = [_of_set(trials, task, at, neurons) for neurons in sets.values()]
            means = (float(shares.mean()) if len(shares) else np.nan for shares in by_set)
            fewest = min(map(len, by_set))
            rows.append((task, at, fewest, *means, *difference(*by_set)))
    return pd.DataFrame(rows, columns=["task", "at", "neurons", "steerability", "ms", "ahead", "ahead_low", "ahead_high"])


def _of_set(trials: pd.DataFrame, task: str, at: str, neurons: list[int]) -> Float[np.ndarray, " n"]:
    own = trials[(trials["task"] == task) & (trials["arm"] == PAPERS) & trials["neuron"].isin(neurons)]
    means = {times: shares.mean() for times, shares in own.groupby("times")["both"]}
    times = MATCHED if at == "matched" or not means else max(means, key=means.__getitem__)
    return own.loc[own["times"] == times, "both"].to_numpy(float)


def _both(trials: pd.DataFrame, task: str, times: float) -> dict[int, float]:
    """By neuron."""
    same = (trials["task"] == task) & (trials["arm"] == PAPERS) & (trials["times"] == times)
    return dict(zip(trials.loc[same, "neuron"], trials.loc[same, "both"], strict=True))
