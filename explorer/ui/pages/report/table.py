"""A table of the report with the paper's rows below, what it was made of, and its file."""

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.report.grids import by_one_e
from explorer.operations.report.left import LEFT, STEERING
from explorer.operations.report.published import published_rows
from explorer.operations.report.tables import frame
from explorer.ui.pages.report import words
from explorer.ui.pages.report.cells import cell, heading
from explorer.ui.pages.report.steering import paper_rows, shown
from explorer.ui.parts.term import term
from explorer.ui.templates import render

K = ["atlas", "similarity", "expansion", "k", "r2", "worst_ms", "best_ms", "mean_ms"]
BESIDE = ("k", "uniqueness", "levels", "above_baseline")  # that the paper has rows for
TALL = 14  # rows, above which a table scrolls by itself
MOST_ROWS = 60  # of one table on the page; its file has all


def table(atlases: Sequence[Atlas], name: str, similarity: str | None) -> Markup:
    """One of the tables, by one similarity encoder; a sentence where it has no rows."""
    own = _own(atlases, name, similarity)
    if own.empty and name in words.NO_ROWS:
        return Markup('<p class="muted">{}</p>').format(words.NO_ROWS[name])
    rows = [(False, row) for row in _cells(own.head(MOST_ROWS))] + [(True, row) for row in _cells(_paper(name, own))]
    title = (words.TABLES | words.TRUTH | words.STEERING)[name][0]
    heads = [(term(*heading(column)), pd.api.types.is_numeric_dtype(own[column])) for column in own.columns]
    return render("pages/report/table.html", name=title, heads=heads, rows=rows, tall=TALL, more=max(0, len(own) - MOST_ROWS))


def _own(atlases: Sequence[Atlas], name: str, similarity: str | None) -> pd.DataFrame:
    found = frame(atlases, "summary" if name == "k" else name)
    if found.empty or name in LEFT:
        return shown(name, found) if name in STEERING and len(found) else found
    if name != "seeds" and "similarity" in found:
        found = by_one_e(found, similarity)
    if name == "k":
        found = found.loc[found["sae"] != "none", K]
    if name == "levels":
        several = found.loc[found["level"] > 0, "atlas"]
        found = found.loc[found["atlas"].isin(several)].drop(columns=["alive", "ranked", "worst_ms"])
    return pd.DataFrame(found.dropna(axis=1, how="all") if name == "seeds" else found)


def _paper(name: str, own: pd.DataFrame) -> pd.DataFrame:
    """The paper's rows in the columns of one of our tables; none where it has no such table."""
    if name == "steering":
        return paper_rows(own)
    return _aligned(published_rows(name), own) if name in BESIDE else pd.DataFrame()


def _aligned(paper: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """The paper's rows in our columns; the first tells which SAE a row is of."""
    names = [
        " ".join(["the paper:", words.SAES[row["sae"]], f"×{row['expansion']}", *([row["layer"]] if row["layer"] else [])])
        for row in paper.to_dict("records")
    ]
    return paper.assign(atlas=names, similarity="DINOv2").reindex(columns=own.columns)


def _cells(rows: pd.DataFrame) -> list[list[str]]:
    return [
        [cell(column, value) for column, value in zip(rows.columns, row, strict=True)] for row in rows.itertuples(index=False)
    ]
