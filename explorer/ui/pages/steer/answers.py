"""Answers side by side: what the model says, what it says when steered, its other words marked, and what that is held against."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import NamedTuple

from markupsafe import Markup

from explorer.operations.verdicts import Verdict
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.kept import Kept
from explorer.ui.pages.steer.verdict import verdict_line
from explorer.ui.parts.notice import notice
from explorer.ui.parts.numbers import activation
from explorer.ui.templates import render

_WORD = r"\w+|[^\w\s]"


class Beside(NamedTuple):
    """An answer that the steered one is held against."""

    title: str
    why: str
    """What it tells, in a sentence."""
    text: str | None
    """None until its first word."""
    verdict: Verdict | None = None


class AtAlpha(NamedTuple):
    """The answer at one of several α."""

    how: str
    """α in words."""
    href: str
    """Sets it."""
    current: bool
    text: str | None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Answered:
    """What there is so far."""

    how: str = ""
    """Neuron and α, in words."""
    unsteered: str | None = None
    """None until its first word."""
    steered: str | None = None
    unmoved: bool = False
    """Whether the steering changes no patch."""
    beside: Sequence[Beside] = ()
    strip: Sequence[AtAlpha] = ()
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    """On the answers, by their field of `SteeredAnswers`."""
    kept: Kept | None = None
    """What can be taken along; drawn when all is done."""
    first_ms: float | None = None
    """From the visitor's move to the first steered token."""
    concept: bool = False
    """Whether it is a concept of one's own, no neuron."""
    notes: Sequence[str] = ()
    """Sentences above."""
    done: bool = False


def answers(so_far: Answered) -> Markup:
    """All answers; a text that has not begun holds its place."""
    return render(
        "pages/steer/answers.html",
        notes=[notice(sentence) for sentence in so_far.notes],
        how=so_far.how,
        unsteered=so_far.unsteered,
        steered=marked(so_far.unsteered or "", so_far.steered) if so_far.steered else so_far.steered,
        unmoved=so_far.unmoved,
        beside=so_far.beside,
        verdicts=so_far.verdicts,
        verdict_line=verdict_line,
        strip=[(one, marked(so_far.unsteered or "", one.text) if one.text else one.text) for one in so_far.strip],
        kept=so_far.kept,
        concept=so_far.concept,
        first_ms=so_far.first_ms,
        done=so_far.done,
        words=words,
    )


def marked(unsteered: str, steered: str) -> Markup:
    """The steered text, runs of words that the unsteered one does not have at that place marked."""
    pieces = list(re.finditer(_WORD, steered))
    matcher = SequenceMatcher(None, re.findall(_WORD, unsteered), [piece[0] for piece in pieces], autojunk=False)
    shown, end = [], 0
    for kind, _, _, first, stop in matcher.get_opcodes():
        if first == stop:  # words that are gone
            continue
        begin = pieces[first].start()
        run = Markup("{}" if kind == "equal" else "<mark>{}</mark>").format(steered[begin : pieces[stop - 1].end()])
        shown += [steered[end:begin], run]
        end = pieces[stop - 1].end()
    return Markup("").join([*shown, steered[end:]])


def alpha_words(alpha: float, strongest: float) -> str:
    """`3.2, 1.0 × its strongest`; `off` for 0. assets/js says the same while the slider moves."""
    number = f"{activation(alpha)}, {alpha / strongest:.1f} ×".replace("-", "−")
    return number if alpha else words.OFF
