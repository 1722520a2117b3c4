"""How often a neuron fires how strongly: a Plotly figure. Plotly loads with the first one."""

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from explorer.ui.parts.numbers import activation
from explorer.ui.theme import PLOT_GRID, PLOT_INK, SANS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FIRST = -16.0  # log2 of the lowest bin's lower edge; bins are half an octave wide, see explorer.atlas.format
INK = "#9a7f72"  # of the bars: neither the accent nor an MS colour


def histogram(counts: np.ndarray, height: int = 260) -> "Figure":
    """Images per half-octave of activation, over the bins that are not empty: at least one is not."""
    from plotly.graph_objects import Figure

    used = np.flatnonzero(counts)
    bins = np.arange(max(used[0] - 1, 0), min(used[-1] + 2, len(counts)))
    edges = 2.0 ** (FIRST + np.append(bins, bins[-1] + 1) / 2)
    bars = {
        "type": "bar",
        "x": (bins + 0.5).tolist(),
        "y": counts[bins].tolist(),
        "customdata": [f"{activation(a)} to {activation(b)}" for a, b in pairwise(edges)],
        "marker": {"color": INK, "line": {"width": 0}},
        "hovertemplate": "%{y:,} images<br>activation %{customdata}<extra></extra>",
    }
    ticks = np.arange(bins[0] + bins[0] % 2, bins[-1] + 2, 2 * max(1, len(bins) // 12))
    names = [activation(2.0 ** (FIRST + tick / 2)) for tick in ticks]
    return Figure({"data": [bars], "layout": _layout(height, ticks.tolist(), names)})  # at once: Plotly checks at each change


def _layout(height: int, ticks: list[int], names: list[str]) -> dict[str, object]:
    axis = {"zeroline": False, "fixedrange": True, "tickfont": {"color": PLOT_INK}}
    return {
        "height": height,
        "bargap": 0.12,
        "margin": {"l": 52, "r": 8, "t": 10, "b": 44},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": ", ".join(SANS), "size": 12, "color": PLOT_INK},
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"font": {"size": 12}},
        "xaxis": axis | {"title": {"text": "activation"}, "showgrid": False, "tickvals": ticks, "ticktext": names},
        "yaxis": axis | {"title": {"text": "images"}, "gridcolor": PLOT_GRID, "nticks": 5, "rangemode": "tozero"},
    }
