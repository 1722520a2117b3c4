"""The tables of a report: written as CSV and Parquet, and the short ones shown in the terminal."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from explorer.errors import UserError
from explorer.operations.report.left import SOURCES
from explorer.operations.report.sources import AtlasSource, cited
from explorer.operations.report.tables import TITLES

LONG = ("curves", "alike", "truth", "truth_missed", "steering_curve")  # one row a neuron, a pair or a strength: not printed
HIDDEN = {  # columns that do not fit the terminal
    "summary": ["encoder", "neurons", "images", "dead", "alive", "worst_ms"],
    "steering": ["atlas", "model", "judge", "where", "answers"],
    "steering_choice": ["atlas", "model", "judge", "where"],
    "steering_predictors": ["atlas", "model", "judge", "where"],
    "steering_similarity": ["atlas", "model", "judge", "where"],
    "seeds": ["atlases", "encoder", "tap", "neurons", "images"],
}
MARKS = (SOURCES, "summary.parquet")  # of a directory that holds a report; earlier versions wrote the second alone
PLAIN_WIDTH = 160  # characters, where the output is not a terminal


def check_directory(out: Path) -> None:
    """Refuse a directory that holds anything but a report.

    Raises:
        UserError: if it does.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not any((out / name).is_file() for name in MARKS)):
        raise UserError(f"--out {out}: something that is not a report is there; name a new directory")


def write_tables(out: Path, tables: Mapping[str, pd.DataFrame], sources: Sequence[AtlasSource]) -> None:
    """Write NAME.csv and NAME.parquet of each, citing its atlases, and last the atlases' hashes.

    Tables of an earlier report that are not among these are removed.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / SOURCES).unlink(missing_ok=True)
    for name in TITLES:
        csv, parquet = out / f"{name}.csv", out / f"{name}.parquet"
        if name in tables:
            table = cited(tables[name], sources)
            table.to_csv(csv, index=False)
            table.to_parquet(parquet, index=False)
        else:
            csv.unlink(missing_ok=True)
            parquet.unlink(missing_ok=True)
    hashes = {source.atlas: source.hash for source in sources}
    (out / SOURCES).write_text(json.dumps(hashes, indent=2) + "\n", encoding="utf-8")


def show(tables: Mapping[str, pd.DataFrame]) -> None:
    """Print the short tables."""
    for name, table in tables.items():
        if name not in LONG and len(table):
            shown = SHORTER[name](table) if name in SHORTER else table
            show_table(TITLES[name], shown.drop(columns=HIDDEN.get(name, []), errors="ignore"))


def show_table(title: str, table: pd.DataFrame) -> None:
    """Print one table below its title."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    console.print(Text(title, style="bold"))
    console.print(_drawn(table))
    console.print()


def _by_family(table: pd.DataFrame) -> pd.DataFrame:
    """One row an atlas or an E, one column a family."""
    row, value = table.columns[0], "share" if "share" in table else "ms"
    families = table["family"].unique()
    return table.pivot(index=row, columns="family", values=value)[families].reset_index()


def _with_spread(seeds: pd.DataFrame) -> pd.DataFrame:
    """Each mean and its standard deviation in one column."""
    names = [name.removesuffix("_std") for name in seeds.columns if name.endswith("_std")]
    both = {name: [f"{_cell(m)} ± {_cell(s)}" for m, s in zip(seeds[name], seeds[f"{name}_std"], strict=True)] for name in names}
    return seeds.drop(columns=[f"{name}_std" for name in names]).assign(**both)


SHORTER = {  # tables that the terminal shows in another form
    "truth_coverage": _by_family,
    "truth_ceilings": _by_family,
    "seeds": _with_spread,
}


def _drawn(table: pd.DataFrame) -> Table:
    drawn = Table(box=None, header_style="dim", pad_edge=False)
    table = table.dropna(axis=1, how="all")
    for column in table.columns:
        number = pd.api.types.is_numeric_dtype(table[column])
        drawn.add_column(column.replace("_", " "), justify="right" if number else "left", overflow="fold")
    for row in table.itertuples(index=False):
        drawn.add_row(*(Text(_cell(value)) for value in row))
    return drawn


def _cell(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return "–"
    if isinstance(value, float):
        return f"{value:.2g}" if 0 < abs(value) < 0.005 else f"{value:.2f}"
    text = f"{value:,}" if isinstance(value, int | np.integer) else str(value)
    return "".join(letter if letter.isprintable() else "?" for letter in text)  # an atlas may come from anybody
