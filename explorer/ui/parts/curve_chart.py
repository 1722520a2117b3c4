"""MS by rank of several atlases: a Plotly figure. Plotly loads with the first one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.operations.report.curves import curves
from explorer.ui.theme import PLOT_GRID, PLOT_INK, SANS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST = 10  # curves, one colour each
POINTS = 200  # of one curve
# Okabe & Ito 2008, for eyes of every kind, its yellow and black left out: they do not show on both grounds.
INKS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES = ("solid", "dash")


def curve_chart(atlases: Sequence[Atlas], similarity: str | None, height: int = 380) -> "Figure":
    """One curve an atlas, at most MOST: MS by share of the ranked neurons."""
    from plotly.graph_objects import Figure

    lines = [_line(number, atlas, similarity) for number, atlas in enumerate(atlases[:MOST])]
    return Figure({"data": lines, "layout": _layout(height)})  # at once: Plotly checks at each change


def _line(number: int, atlas: Atlas, similarity: str | None) -> dict[str, object]:
    table = curves(atlas)
    name = similarity if similarity in atlas.similarities else atlas.similarities[0]
    curve = table[table["similarity"] == name]
    shown = np.unique(np.linspace(0, len(curve) - 1, POINTS).round().astype(int)) if len(curve) else []
    points = curve.iloc[shown]
    return {
        "x": points["share"].tolist(),
        "y": points["ms"].round(4).tolist(),
        "customdata": points["rank"].tolist(),
        "mode": "lines",
        "name": atlas.name,
        "line": {"color": INKS[number % len(INKS)], "width": 2, "dash": DASHES[number // len(INKS) % len(DASHES)]},
        "hovertemplate": f"{atlas.name}<br>MS %{{y:.2f}} at rank %{{customdata:,}} ({name})<extra></extra>",
    }


def _layout(height: int) -> dict[str, object]:
    axis = {"zeroline": False, "fixedrange": True, "tickfont": {"color": PLOT_INK}}
    return {
        "height": height,
        "margin": {"l": 52, "r": 8, "t": 10, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": ", ".join(SANS), "size": 12, "color": PLOT_INK},
        "legend": {"x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
        "dragmode": False,
        "hoverlabel": {"font": {"size": 12}},
        "xaxis": axis | {"title": {"text": "share of ranked neurons"}, "showgrid": False, "tickformat": ".0%", "range": [0, 1]},
        "yaxis": axis | {"title": {"text": "MS"}, "gridcolor": PLOT_GRID, "nticks": 6},
    }
