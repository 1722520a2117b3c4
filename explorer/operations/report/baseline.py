"""Gain over the baseline: how many neurons of an SAE are more monosemantic than the original dimensions that it reads.

A baseline fits an SAE's atlas if encoder, tap, images, pooling and E are the same. Of the ranked neurons (those that fire on
enough images, `explorer.atlas.ranking`), the share whose MS is higher than

    above_mean       the mean original neuron
    above_best       the best one
    above_same_rank  the original neuron of the same rank; of n neurons and m original ones, each from the best down, the i-th
                     (from 1) stands against the ⌈(i − ½) m / n⌉-th, which for n = m is the i-th

PAPER.md §3, "About 90 % of ×1 neurons beat the original ones", reads two curves of MS by rank against each other: the third.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.atlas.atlas import Atlas

COLUMNS = ["atlas", "baseline", "similarity", "ranked", "above_mean", "above_best", "above_same_rank"]


def above_baseline(atlases: Sequence[Atlas]) -> pd.DataFrame:
    """Return one row an SAE's atlas and E that a baseline among `atlases` fits (the first one); COLUMNS, shares 0 to 1."""
    rows = []
    baselines = [atlas for atlas in atlases if atlas.manifest.sae.kind == "none"]
    for atlas in atlases:
        for name in atlas.similarities if atlas.manifest.sae.kind != "none" else ():
            fitting = next((baseline for baseline in baselines if _fits(atlas, baseline, name)), None)
            if fitting is not None:
                rows.append((atlas.name, fitting.name, name, *compare(atlas.ranked_ms(name), fitting.ranked_ms(name))))
    return pd.DataFrame(rows, columns=COLUMNS)


def compare(ms_s: Float[np.ndarray, " s"], original_d: Float[np.ndarray, " d"]) -> tuple[int, float, float, float]:
    """Count the neurons with an MS, and their shares above the mean, the best and the same-rank original; NaN where none has."""
    ms, original = (np.sort(values[~np.isnan(values)].astype(float))[::-1] for values in (ms_s, original_d))
    n, m = len(ms), len(original)
    if not n or not m:
        return n, np.nan, np.nan, np.nan
    same_rank = original[(2 * np.arange(n) + 1) * m // (2 * n)]
    mean, best, ranked = (float((ms > other).mean()) for other in (original.mean(), original[0], same_rank))
    return n, mean, best, ranked


def _fits(atlas: Atlas, baseline: Atlas, similarity: str) -> bool:
    return made_from(atlas, similarity) == made_from(baseline, similarity)


def made_from(atlas: Atlas, similarity: str) -> tuple[str | None, ...]:
    """What an atlas's MS by one E was made from, but for the SAE: atlases with equal tuples can be compared."""
    m = atlas.manifest
    e = next((info.weights for info in m.similarity if info.name == similarity), None)
    return m.encoder.weights, m.tap.name, m.dataset.fingerprint, m.pooling, e
