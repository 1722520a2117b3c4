"""How the values of a report's tables are written, by what their column holds."""

from math import isnan

from explorer.ui.pages.report import words
from explorer.ui.parts.numbers import percent, score

SHARES = (
    "r2",
    "share",
    "share_focused",
    "share_matched",
    "concept",
    "kept",
    "both",
    "steerability",
    "above_mean",
    "above_best",
    "above_same_rank",
)
NOTHING = "–"


def heading(column: str) -> tuple[str, str]:
    """What stands above a column, and what it means."""
    return words.COLUMNS.get(column, (column.replace("_", " ").capitalize(), ""))


def cell(column: str, value: object) -> str:
    """A value: shares in %, MS and other reals with two decimals, counts with commas; a dash where it is unknown."""
    if value is None or value != value or str(value) == "<NA>":
        return NOTHING
    if isinstance(value, float):
        return _real(column, value)
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _real(column: str, value: float) -> str:
    if isnan(value):
        return NOTHING
    if column in SHARES:
        return percent(value)
    if column == "mono":
        return f"{value:g}"
    whole = value.is_integer() and not column.endswith("_ms") and column != "ms"
    return f"{int(value):,}" if whole else score(value)
