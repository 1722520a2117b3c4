"""A grid of the report: one quantity by configuration and expansion factor, ours above the paper's."""

from collections.abc import Sequence

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.report.grids import Grid, GridCell, GridRow, grid
from explorer.ui.pages.report import words
from explorer.ui.pages.report.cells import cell
from explorer.ui.parts.numbers import score
from explorer.ui.templates import render
from explorer.ui.theme import MS_RAMP, ramp


def grid_table(atlases: Sequence[Atlas], quantity: str, similarity: str | None) -> Markup:
    """The grid as a table."""
    found = grid(atlases, quantity, similarity)
    heads = [f"×{expansion:g}" if expansion else "no SAE" for expansion in found.expansions]
    return render(
        "pages/report/grid.html", heads=heads, rows=[_row(found, row) for row in found.rows], name=words.GRIDS[quantity][0]
    )


def _row(found: Grid, row: GridRow) -> dict[str, object]:
    tap = row.layer if not row.published else f"layer {row.layer}" if row.layer.isdecimal() else f"{row.layer} layer"
    parts = (
        [words.SAES.get(row.sae, row.sae), tap]
        + ([f"K {row.k}"] if row.k else [])
        + ([f"MonoLoss {row.mono:g}"] if row.mono else [])
    )
    atlases = [name for cell in row.cells.values() for name in cell.atlases]
    about = ", ".join(["the paper" if row.published else row.encoder, *([f"E {row.similarity}"] if row.similarity else [])])
    cells = [_cell(found.quantity, row.cells.get(expansion)) for expansion in found.expansions]
    name = " · ".join([row.encoder, *parts] if row.published else parts)
    return {"name": name, "about": about, "atlases": ", ".join(atlases), "published": row.published, "cells": cells}


def _cell(quantity: str, value: GridCell | None) -> dict[str, object] | None:
    if value is None:
        return None
    colour = ramp(MS_RAMP, value.value) if quantity != "r2" else ""
    shown = score(value.value) if colour else cell(quantity, value.value)
    atlas = value.atlases[0] if value.atlases else ""
    return {"shown": shown, "colour": colour, "atlas": atlas, "title": ", ".join(value.atlases)}
