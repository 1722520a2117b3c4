"""How far people agree with MS so far: a Plotly chart by |ΔMS|, and the figures in words."""

from typing import TYPE_CHECKING

from markupsafe import Markup

from explorer.study.analysis.agreement import Agreement
from explorer.study.analysis.interval import Share
from explorer.study.analysis.published import PAPER
from explorer.study.analysis.summary import percent, with_interval
from explorer.ui.pages.study import words
from explorer.ui.templates import render
from explorer.ui.theme import PLOT_GRID, PLOT_INK, SANS

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

INK = "#b0432a"


def agreement_words(results: Agreement) -> Markup:
    """The overall figures, and the paper's beside them."""
    figures = [
        (words.MAJORITY, with_interval(results.majority, 0), words.MAJORITY_WHY.format(count=results.majority.count)),
        (words.UNIFORM, with_interval(results.uniform, 0), words.UNIFORM_WHY),
        (words.SINGLE, with_interval(results.single, 0), words.SINGLE_WHY),
    ]
    counts = words.COUNTS.format(answers=results.answers, undecided=results.undecided, participants=results.participants)
    paper = words.PAPER.format(asked=percent(PAPER.as_asked), uniform=percent(PAPER.uniform))
    return render("pages/study/agreement.html", figures=figures, counts=counts, paper=paper, words=words)


def agreement_chart(results: Agreement, height: int = 340) -> "Figure":
    """The majority's agreement by |ΔMS| with its intervals; the paper's, which is a majority too, faintly behind."""
    from plotly.graph_objects import Figure

    middles = [(low + high) / 2 for low, high in zip(PAPER.low, PAPER.high, strict=True)]
    there = [(i, share) for i, share in enumerate(results.bins) if share.count]
    paper = {
        "x": middles,
        "y": list(PAPER.agree),
        "mode": "lines",
        "name": "the paper, majority of three",
        "line": {"color": PLOT_INK, "width": 1.5, "dash": "dot"},
        "hovertemplate": "the paper: most of three agree in %{y:.0%} of pairs<extra></extra>",
    }
    ours = {
        "x": [(i + 0.5) * results.width for i, _ in there],
        "y": [share.share for _, share in there],
        "error_y": _reach([share for _, share in there]),
        "mode": "markers",
        "name": "here, majority",
        "marker": {"color": INK, "size": 10},
        "customdata": [share.count for _, share in there],
        "hovertemplate": "here: most agree in %{y:.0%} of %{customdata} pairs<extra></extra>",
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
        | {
            "title": {"text": "pairs where most choose the higher MS"},
            "gridcolor": PLOT_GRID,
            "tickformat": ".0%",
            "range": [0, 1.03],
        },
    }
