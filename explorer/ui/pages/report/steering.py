"""The tables of steering as the page shows them: shares with their intervals, strengths side by side, the paper's rows below."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from explorer.operations.report.published import PAPER_ARMS, published
from explorer.ui.pages.report import words
from explorer.ui.parts.numbers import difference, percent, score

NARROW = [
    "model",
    "judge",
    "where",
    "answers",
    "both_low",
    "both_high",
    "ahead_low",
    "ahead_high",
]  # said elsewhere or in the file


def shown(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """One of STEERING as it is drawn."""
    if name == "steering_curve":
        return _strengths(table)
    if name == "steering":
        own = _with_interval(_with_interval(_with_controls(table), "both", percent), "ahead", difference)
        return own.drop(columns=NARROW, errors="ignore").replace({"arm": words.ARMS})
    if name == "steering_choice":
        own = _with_interval(table, "ahead", difference).assign(ms=list(map(percent, table["ms"])))
        return own.drop(columns=["model", "where", "ahead_low", "ahead_high"], errors="ignore")
    if name == "steering_similarity":
        three = zip(*(table[column].astype(float) for column in ("similarity", "low", "high")), strict=True)
        near = [f"{value:.3f} ({low:.3f} – {high:.3f})" for value, low, high in three]
        own = table.assign(cosine=near, times=[f"{times:g}" for times in table["times"]]).replace({"times": {"nan": "–"}})
        return own.drop(columns=["model", "judge", "where", "similarity", "low", "high"], errors="ignore")
    between = [f"{score(low)} – {score(high)}" for low, high in zip(table["low"], table["high"], strict=True)]
    return table.assign(interval=between).drop(columns=["model", "where", "low", "high"], errors="ignore")


def paper_rows(own: pd.DataFrame) -> pd.DataFrame:
    """The paper's rows in the columns of our table of arms."""
    table = published()
    parts = table["quantity"].str.extract("^(insertion|suppression)_(concept|kept|both)$")
    arms = [words.ARMS.get(PAPER_ARMS.get(sae, ""), "") for sae in table["sae"]]
    rows = table.assign(task=parts[0], part=parts[1], arm=arms).dropna(subset=["task"])
    wide = rows.pivot(index=["task", "arm"], columns="part", values="value").reset_index()
    both = [percent(value) for value in wide["both"]]
    return wide.assign(atlas="the paper: CLIP-L, LLaVA-1.5-7b", chosen="not told", both=both).reindex(columns=own.columns)


def _with_controls(table: pd.DataFrame) -> pd.DataFrame:
    """The sets of neurons that the controls were tried on as well."""
    arms = np.asarray(table.groupby(["atlas", "chosen"])["arm"].transform("nunique"))
    return pd.DataFrame(table[arms > 1])


def _strengths(table: pd.DataFrame) -> pd.DataFrame:
    """`both` by strength, a column each."""
    own = _with_controls(table).replace({"arm": words.ARMS})
    wide = own.pivot_table(index=["atlas", "task", "chosen", "arm"], columns="times", values="both", sort=False, observed=True)
    ordered = wide[sorted(wide.columns)].map(lambda value: "–" if pd.isna(value) else percent(value))
    return ordered.set_axis([f"× {times:g}" for times in ordered.columns], axis=1).reset_index()


def _with_interval(table: pd.DataFrame, column: str, write: Callable[[float], str]) -> pd.DataFrame:
    """A number and its interval in one column."""
    values = zip(*(table[name] for name in (column, f"{column}_low", f"{column}_high")), strict=True)
    return table.assign(**{column: [_written(value, low, high, write) for value, low, high in values]})


def _written(value: float, low: float, high: float, write: Callable[[float], str]) -> str:
    if pd.isna(value):
        return "–"
    return write(value) if pd.isna(low) else f"{write(value)} ({write(low)} – {write(high)})"
