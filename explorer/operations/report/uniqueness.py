"""Uniqueness: how many pairs of neurons have top images in common (PAPER.md §3, "Uniqueness"), as scoring counted them."""

import pandas as pd

from explorer.atlas.atlas import Atlas


def uniqueness(atlas: Atlas) -> pd.DataFrame:
    """Return one row: `atlas, pairs` (of neurons that fire), `overlapping` (a top image in common), `alike` (Jaccard > 0.5)."""
    metrics, fire = atlas.manifest.metrics, int((atlas.neurons["max"].to_numpy() > 0).sum())
    row = {"atlas": atlas.name, "pairs": fire * (fire - 1) // 2}
    return pd.DataFrame([row | {"overlapping": metrics.overlapping_pairs, "alike": metrics.alike_pairs}])
