"""A study's agreement in words: a table for the terminal, a paragraph of methods to paste, and JSON."""

from math import isfinite
from typing import Any

from explorer.study.analysis.agreement import Agreement
from explorer.study.analysis.interval import Share
from explorer.study.analysis.published import PAPER, Table
from explorer.study.analysis.quality import Quality
from explorer.study.analysis.raters import Weighed

METHODS = (
    "{participants} participants gave {answers} answers on {pairs} pairs of neurons ({per_pair:.1f} decided answers on a "
    "pair; {undecided} answers chose neither side). For each pair, two grids of the 16 images that each neuron fires on "
    "most strongly were shown side by side, the side drawn at random for each participant, with the question “Which set of "
    "images looks more similar and focused on the same thing?”. A pair agrees with MS if most of its decided answers chose "
    "the neuron with the higher MS; ties count half. Agreement was {majority} of pairs as asked, and {uniform} as the mean "
    "over bins of |ΔMS| of width {width:g}; single answers agreed in {single}. Krippendorff's α was {alpha}. Intervals are "
    "95 %, Wilson's for the effective number of pairs, whose variance comes from resampling pairs and from leaving out one "
    "rater at a time. For comparison, Pach et al. (2025, arXiv 2504.02821) report 82.8 % for the majority of three if |ΔMS| "
    "were uniform on (0, 0.9); their pairs as asked give {paper}."
)


def percent(share: float, digits: int = 1) -> str:
    """`83.2 %`; a dash of nothing."""
    return f"{100 * share:.{digits}f} %" if isfinite(share) else "–"


def with_interval(share: Share, digits: int = 1) -> str:
    """`83.2 % (78.1–87.5 %)`."""
    low, high = (f"{100 * end:.{digits}f}" for end in (share.low, share.high))
    return f"{percent(share.share, digits)} ({low}–{high} %)" if share.count else "–"


def methods(found: Agreement) -> str:
    """A paragraph for a paper's methods section."""
    return METHODS.format(
        **{name: getattr(found, name) for name in ("participants", "answers", "undecided", "per_pair", "width")},
        **{name: with_interval(getattr(found, name)) for name in ("majority", "uniform", "single")},
        pairs=found.majority.count,
        alpha=f"{found.alpha:.2f}" if isfinite(found.alpha) else "not defined",
        paper=percent(PAPER.as_asked),
    )


def summary(found: Agreement) -> str:
    """Lines for a terminal: ours beside the paper's, then by |ΔMS|."""
    independent = f"{percent(PAPER.single)} if its answers were independent"
    counts = (
        f"{found.participants} participants, {found.answers} answers ({found.undecided} undecided), {found.majority.count} pairs"
    )
    rows = [
        ("majority, as asked", with_interval(found.majority), percent(PAPER.as_asked)),
        ("majority, uniform |ΔMS|", with_interval(found.uniform), f"82.8 %; {percent(PAPER.uniform)} from its rounded bins"),
        ("single answers", with_interval(found.single), independent),
        ("Krippendorff's α", f"{found.alpha:.3f}", "not published"),
        ("median response", f"{found.seconds:.1f} s", "not published"),
    ]
    if found.curve is not None:
        rows.append(("logistic curve", f"intercept {found.curve.intercept:.2f}, slope {found.curve.slope:.2f}", "not published"))
    lines = [counts, "", f"{'':24}  {'here':28}  the paper"]
    lines += [f"{name:24}  {here:28}  {paper}" for name, here, paper in rows]
    return "\n".join([*lines, "", *_by_difference(found)]) + "\n"


def _by_difference(found: Agreement) -> list[str]:
    lines = [f"{'|ΔMS|':14}{'pairs':>5}  {'majority agrees':28}{'or larger':>9}  majority agrees"]
    for at, (share, above) in enumerate(zip(found.bins, found.at_least, strict=True)):
        edges = f"{at * found.width:.3g}–{(at + 1) * found.width:.3g}"
        lines.append(f"{edges:14}{share.count:5}  {with_interval(share):28}{above.count:9}  {with_interval(above)}")
    return lines


def quality_summary(found: Quality) -> str:
    """Attention, where gold pairs or repeats were asked."""
    if not isfinite(found.gold) and not isfinite(found.repeats):
        return ""
    return (
        f"\ngold pairs as is obvious {percent(found.gold)}, repeated pairs as before {percent(found.repeats)}, "
        f"participants who failed the gold pairs {len(found.failed)} (--attentive leaves them out)\n"
    )


def weighed_summary(found: Weighed) -> str:
    """Agreement where raters are weighed."""
    return (
        f"\nraters weighed (MACE, variational Bayes): {percent(found.share)} of {found.pairs} pairs, as expected; "
        f"{found.guessing} of {found.raters} raters guess more often than not\n"
    )


def table_summary(table: Table) -> str:
    """The figures of an aggregated table."""
    rows = [
        ("pairs", sum(table.pairs)),
        ("majority, as asked", percent(table.as_asked)),
        ("majority, uniform |ΔMS|", percent(table.uniform)),
    ]
    return "".join(f"{name:24}  {value}\n" for name, value in rows)


def as_json(found: object) -> Any:
    """Named tuples and dataclasses as JSON values; NaN becomes null."""
    if isinstance(found, Share):
        return {name: as_json(getattr(found, name)) for name in ("share", "low", "high", "count")}
    if isinstance(found, tuple) and hasattr(found, "_asdict"):
        return {name: as_json(value) for name, value in found._asdict().items()}  # type: ignore[attr-defined]
    if isinstance(found, tuple):
        return [as_json(value) for value in found]
    return None if isinstance(found, float) and not isfinite(found) else found
