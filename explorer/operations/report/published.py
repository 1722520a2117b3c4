"""The paper's published numbers, to stand beside our own: assets/paper/published.csv (arXiv 2504.02821v3; PAPER.md §3, §5)."""

from functools import cache

import pandas as pd

from explorer.shipped import shipped

PAPER = "Pach et al. 2025, arXiv 2504.02821v3"
FILE = shipped("paper/published.csv")
TEXTS = ("quantity", "encoder", "sae", "layer", "similarity")
PAPER_ARMS = {"sae": "sae", "diffmean": "diff_mean"}  # `sae` of a row about steering → arm of `evaluate-steering`
WHOLE = ("expansion", "k", "level")


@cache
def published() -> pd.DataFrame:
    """One row a number: `quantity, encoder, sae, layer, expansion, k, similarity, level, value`.

    `sae` is a kind as in a manifest, `sae` where the paper does not say which, or `diffmean`: none, steering by it; `layer` is a
    block, `last`, the projection, or `every`; R² is a share. What the paper does not tell is empty. Rows of `k_…` are of its
    sweep of K.
    """
    table = pd.read_csv(FILE).fillna(dict.fromkeys(TEXTS, ""))
    return table.astype(dict.fromkeys(WHOLE, "Int64"))


def published_values(quantity: str) -> pd.DataFrame:
    """The rows of one quantity, in the paper's order."""
    table = published()
    return table.loc[table["quantity"] == quantity].reset_index(drop=True)


def published_rows(name: str) -> pd.DataFrame:
    """The paper's rows beside one of our tables (`uniqueness`, `levels`, `k`, `above_baseline`), in that table's columns."""
    quantities, by = _BESIDE[name]
    table = published()
    found = table[table["quantity"].isin(quantities)].assign(quantity=lambda rows: rows["quantity"].map(quantities))
    keys = [column for column in (by, "encoder", "sae", "layer", "expansion") if column]
    wide = found.pivot_table(index=keys, columns="quantity", values="value", dropna=False, observed=True).dropna(how="all")
    return wide.reset_index().rename_axis(columns=None)


_BESIDE = {  # table → published quantities and our columns for them, and what its rows are by
    "uniqueness": ({"pairs": "pairs", "overlapping": "overlapping", "alike": "alike"}, ""),
    "levels": ({"level_mean_ms": "mean_ms", "level_lca_depth": "lca_depth"}, "level"),
    "k": ({"k_r2": "r2", "k_worst_ms": "worst_ms", "k_best_ms": "best_ms", "k_mean_ms": "mean_ms"}, "k"),
    "above_baseline": ({"above_same_rank": "above_same_rank"}, ""),
}
