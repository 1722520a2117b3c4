"""What MS is worth under each similarity encoder E: its rank correlation with focus, its ceilings, and what it misses."""

from itertools import product

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import ms_column
from precompute.evaluate.rank_correlation import rank_correlation
from precompute.storybook.evaluate.focus import FOCUSED
from precompute.storybook.evaluate.scenes import ATTRIBUTES, family

LEAST_SCENES = 16  # an attribute of fewer scenes has no ceiling
FOCUSES = {"any": "focus", "kind": "focus_on_kind"}  # what the focus is on → its column
MISSED = 0.25  # a focused neuron in the lowest quarter by MS counts as missed


def judged_by_both(atlas: Atlas, neurons: pd.DataFrame, least_images: int) -> pd.DataFrame:
    """Return the neurons that fire on enough of the scenes and of the atlas's images."""
    return neurons.loc[neurons["judged"] & (atlas.fires_on() >= least_images)]


def ms_against_focus(atlas: Atlas, judged: pd.DataFrame) -> pd.DataFrame:
    """Return Spearman(MS, focus): `atlas, similarity, focus_on, neurons, spearman, low, high, partial`, one row an E and family.

    low and high bound the 95 % bootstrap interval; partial is the correlation given density.
    """
    rows = []
    for name, (on, column) in product(atlas.similarities, FOCUSES.items()):
        ms, focus = judged[ms_column(name)].to_numpy(float), judged[column].to_numpy(float)
        known = int((~np.isnan(ms) & ~np.isnan(focus)).sum())
        rows.append((atlas.name, name, on, known, *rank_correlation(ms, focus, judged["fires"].to_numpy(float))))
    return pd.DataFrame(rows, columns=["atlas", "similarity", "focus_on", "neurons", "spearman", "low", "high", "partial"])


def missed(atlas: Atlas, judged: pd.DataFrame) -> pd.DataFrame:
    """Return the focused neurons that the main E puts in the lowest quarter: `atlas, neuron, attribute, focus, ms, fires`."""
    ms = judged[ms_column(atlas.similarities[0])]
    low = (judged["focus"] >= FOCUSED) & (ms <= ms.quantile(MISSED))
    table = judged.loc[low, ["atlas", "neuron", "focus_attribute", "focus", "fires"]].assign(ms=ms[low])
    return table.sort_values(["focus", "neuron"], ascending=[False, True], ignore_index=True)


def ceilings(name: str, e_ne: Float[np.ndarray, "n e"], truth_na: Bool[np.ndarray, "n a"]) -> pd.DataFrame:
    """Return the MS of perfect detectors under an E: neurons that fire equally on all images with one attribute, and on no other.

    Args:
        name: of E.
        e_ne: E's embeddings of the scenes.
        truth_na: which of ATTRIBUTES each scene has.

    Returns:
        `similarity, family, attributes, ms`: the mean over the family's attributes that LEAST_SCENES scenes have; the family
        `random pairs` is E's floor.
    """
    unit_ne = e_ne / np.maximum(np.linalg.norm(e_ne, axis=1, keepdims=True), 1e-12)
    count_a = truth_na.sum(0)
    sums_ae = truth_na.T.astype(float) @ unit_ne
    ms_a = ((sums_ae**2).sum(1) - count_a) / np.maximum(count_a * (count_a - 1), 1)
    families = np.array([family(attribute) for attribute in ATTRIBUTES])
    rows = [(name, "random pairs", 1, mean_cosine(unit_ne))]
    for its in dict.fromkeys(families):
        own = ms_a[(families == its) & (count_a >= LEAST_SCENES)]
        rows.append((name, its, len(own), own.mean() if len(own) else np.nan))
    return pd.DataFrame(rows, columns=["similarity", "family", "attributes", "ms"])


def mean_cosine(unit_ne: Float[np.ndarray, "n e"]) -> float:
    """Return the mean cosine of all pairs of two rows of unit length."""
    n = len(unit_ne)
    return float(((unit_ne.sum(0) ** 2).sum() - n) / (n * (n - 1)))
