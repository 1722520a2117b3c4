"""Grids: one quantity by configuration (rows) and expansion factor (columns), as the paper prints it, with our own rows above."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.operations.report.curves import summary
from explorer.operations.report.published import published_values
from explorer.operations.results import Result

QUANTITIES = ("best_ms", "mean_ms", "r2")
_ROW = ["encoder", "tap", "sae", "k", "mono", "fingerprint", "similarity"]  # atlases that differ in none of these share a row


@dataclass(frozen=True)
class GridCell(Result):
    """One value."""

    value: float
    atlases: tuple[str, ...] = ()
    """The atlases that it is the mean of; none where the paper published it."""


@dataclass(frozen=True)
class GridRow(Result):
    """A configuration: what is equal along the row."""

    encoder: str
    layer: str
    """The tap; of the paper a block, `last`, the projection, or `every`."""
    sae: str
    k: int | None
    similarity: str
    """E; "" where the quantity has none."""
    cells: dict[float, GridCell]
    """By expansion factor; 0: without an SAE."""
    published: bool = False
    mono: float | None = None
    """Weight of MonoLoss, where it was trained with it."""


@dataclass(frozen=True)
class Grid(Result):
    """A table of one quantity."""

    quantity: str
    expansions: tuple[float, ...]
    """Columns, ascending; 0: without an SAE."""
    rows: tuple[GridRow, ...]
    """Ours first, then the paper's."""


def grid(atlases: Sequence[Atlas], quantity: str, similarity: str | None = None) -> Grid:
    """The grid of one of QUANTITIES by one similarity encoder; by its main one of an atlas that does not know that."""
    rows = [*_own(atlases, quantity, similarity), *_published(quantity)]
    return Grid(quantity, tuple(sorted({expansion for row in rows for expansion in row.cells})), tuple(rows))


def _own(atlases: Sequence[Atlas], quantity: str, similarity: str | None) -> list[GridRow]:
    if not atlases:
        return []
    split = {atlas.name: atlas.manifest.dataset.fingerprint for atlas in atlases}
    table = by_one_e(pd.concat([summary(atlas) for atlas in atlases], ignore_index=True), similarity)
    table["fingerprint"] = [split[name] for name in table["atlas"]]
    table.loc[table["sae"] == "none", "expansion"] = 0.0
    table = table[table[quantity].notna()]
    return [_own_row(pd.DataFrame(group), quantity) for _, group in table.groupby(_ROW, sort=False, dropna=False)]


def by_one_e(table: pd.DataFrame, similarity: str | None) -> pd.DataFrame:
    """The rows of one similarity encoder; of an atlas that does not know it, those of its main one."""
    mains = table.groupby("atlas")["similarity"].transform("first")
    knows = (table["similarity"] == similarity).groupby(table["atlas"]).transform("any")
    wanted = np.where(knows, table["similarity"] == similarity, table["similarity"] == mains)
    return table.loc[wanted].reset_index(drop=True)


def _own_row(group: pd.DataFrame, quantity: str) -> GridRow:
    first = group.iloc[0]
    cells = {
        float(str(expansion)): GridCell(float(same[quantity].to_numpy().mean()), tuple(same["atlas"]))
        for expansion, same in group.groupby("expansion")
    }
    similarity = "" if quantity == "r2" else str(first["similarity"])
    mono = None if pd.isna(first["mono"]) else float(first["mono"])
    return GridRow(str(first["encoder"]), str(first["tap"]), str(first["sae"]), _whole(first["k"]), similarity, cells, mono=mono)


def _published(quantity: str) -> list[GridRow]:
    table = published_values(quantity)
    return [_published_row(group) for _, group in table.groupby(["encoder", "layer", "sae"], sort=False)]


def _published_row(group: pd.DataFrame) -> GridRow:
    first = group.iloc[0]
    cells = {float(_whole(row["expansion"]) or 0): GridCell(row["value"]) for row in group.to_dict("records")}
    return GridRow(
        str(first["encoder"]), str(first["layer"]), str(first["sae"]), _whole(first["k"]), str(first["similarity"]), cells, True
    )


def _whole(value: object) -> int | None:
    return None if pd.isna(value) else int(np.int64(value))  # type: ignore[call-overload,arg-type]
