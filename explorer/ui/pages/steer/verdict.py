"""A verdict below an answer: is the neuron's concept there, is the prompt followed, who says so, and how sure."""

from markupsafe import Markup

from explorer.operations.verdicts import Verdict
from explorer.ui.pages.steer import words
from explorer.ui.parts.numbers import percent
from explorer.ui.templates import render


def verdict_line(verdict: Verdict | None, short: bool = False) -> Markup:
    """The line; nothing where nobody judged.

    Args:
        short: without the judge, for answers in a row.
    """
    if verdict is None:
        return Markup("")
    exact = verdict.nearer is None
    concept = words.SAYS[verdict.says].format(concept=verdict.concept.rpartition(":")[2]) if exact else words.SHOWS[verdict.says]
    judge = words.BY_GRAMMAR if exact else words.BY_TOWER.format(share=percent(verdict.nearer or 0.0))
    marks = [(verdict.says, concept), (verdict.followed, words.FOLLOWED[verdict.followed])]
    return render("pages/steer/verdict.html", marks=marks, judge=judge, why=words.VERDICT_WHY, short=short)
