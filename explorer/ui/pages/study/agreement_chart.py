"""How far people agree with MS so far: a Plotly chart by |ΔMS|, and the figures in words."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from explorer.study.agreement import PAPER_AGREE, Agreement, Share
from explorer.study.design import BINS
from explorer.ui.pages.study import words
from explorer.ui.templates import render
from explorer.ui.theme import PLOT_GRID, PLOT_INK, SANS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

INK = "#b0432a"


def agreement_words(results: Agreement) -> Markup:
    """The overall figures, and the paper's beside them."""
    overall, majority = results.overall, results.majority
    return render(
        "pages/study/agreement.html",
        share=_percent(overall.share),
        interval=f"{_percent(overall.low)} – {_percent(overall.high)}" if overall.count else "",
        uniform=_percent(results.uniform),
        majority=f"{_percent(majority.share)} of {majority.count}",
        counts=words.COUNTS.format(answers=results.answers, undecided=results.undecided, participants=results.participants),
        words=words,
    )


def agreement_chart(results: Agreement, height: int = 340) -> "Figure":
    """Agreement by |ΔMS| with its intervals; the paper's curve faintly behind."""
    from plotly.graph_objects import Figure

    middles = [(i + 0.5) * BINS[0] for i in range(len(PAPER_AGREE))]
    there = [(i, share) for i, share in enumerate(results.bins) if share.count]
    paper = {
        "x": middles,
        "y": list(PAPER_AGREE),
        "mode": "lines",
        "name": "the paper",
        "line": {"color": PLOT_INK, "width": 1.5, "dash": "dot"},
        "hovertemplate": "the paper: %{y:.0%}<extra></extra>",
    }
    ours = {
        "x": [(i + 0.5) * results.width for i, _ in there],
        "y": [share.share for _, share in there],
        "error_y": _reach([share for _, share in there]),
        "mode": "markers",
        "name": "here",
        "marker": {"color": INK, "size": 10},
        "customdata": [share.count for _, share in there],
        "hovertemplate": "here: %{y:.0%} of %{customdata} answers<extra></extra>",
    }
    return Figure({"data": [paper, ours], "layout": _layout(height, 10 * results.width)})  # at once: Plotly checks at each change


def _reach(shares: list[Share]) -> dict[str, object]:
    above, below = [s.high - s.share for s in shares], [s.share - s.low for s in shares]
    return {"type": "data", "symmetric": False, "array": above, "arrayminus": below, "color": INK, "thickness": 1.2, "width": 0}


def _layout(height: int, widest: float) -> dict[str, object]:
    axis = {"zeroline": False, "fixedrange": True, "tickfont": {"color": PLOT_INK}}
    return {
        "height": height,
        "margin": {"l": 56, "r": 8, "t": 10, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": ", ".join(SANS), "size": 12, "color": PLOT_INK},
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 0.02, "yanchor": "bottom"},
        "dragmode": False,
        "xaxis": axis | {"title": {"text": "difference in MS"}, "showgrid": False, "range": [0, widest]},
        "yaxis": axis
        | {"title": {"text": "choose the higher MS"}, "gridcolor": PLOT_GRID, "tickformat": ".0%", "range": [0, 1.03]},
    }


def _percent(share: float) -> str:
    return "–" if share != share else f"{100 * share:.0f} %"
