"""The table of a sweep: one row an atlas and E, with the paper's numbers for the same SAE on CLIP-L beside (PAPER.md §3)."""

from collections.abc import Hashable, Mapping, Sequence
from math import nan
from statistics import fmean
from typing import Any

import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.operations.report.published import published_values
from explorer.operations.report.tables import frame

OURS = [
    "atlas",
    "tap",
    "sae",
    "expansion",
    "k",
    "mono",
    "seed",
    "similarity",
    "r2",
    "l0",
    "dead",
    "best_ms",
    "mean_ms",
    "worst_ms",
]
PAPER = ("r2", "best_ms", "mean_ms")


def sweep_table(atlases: Sequence[Atlas]) -> pd.DataFrame:
    """Return OURS, `above_same_rank` (share above the original dimensions, where a baseline is among the atlases) and `paper_…`.

    `paper_r2`, `paper_best_ms` and `paper_mean_ms` are those of CLIP-L with the same kind of SAE, expansion and K: at the tap's
    block if the paper has it, else the mean over the layers that it lists; NaN where it lists none.
    """
    table = frame(atlases, "summary")[OURS]
    gains = frame(atlases, "above_baseline")[["atlas", "similarity", "above_same_rank"]]
    table = table.merge(gains, how="left", on=["atlas", "similarity"])
    rows = table.to_dict("records")
    return table.assign(**{f"paper_{quantity}": [_paper(quantity, row) for row in rows] for quantity in PAPER})


def _paper(quantity: str, row: Mapping[Hashable, Any]) -> float:
    rows = published_values(quantity)
    rows = rows[(rows["encoder"] == "CLIP-L") & (rows["sae"] == row["sae"])]
    if row["sae"] != "none":
        rows = rows[(rows["expansion"] == row["expansion"]) & (rows["k"] == row["k"])]
    here = rows[rows["layer"] == str(row["tap"]).partition(":")[0].replace("projection", "last")]
    values = [float(each["value"]) for each in pd.DataFrame(here if len(here) else rows).to_dict("records")]
    return fmean(values) if values else nan
