"""Two answers side by side: what the model says, and what it says when steered, its other words marked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from markupsafe import Markup

from explorer.ui.pages.steer import words
from explorer.ui.parts.notice import notice

_WORD = r"\w+|[^\w\s]"
_ANSWERS = Markup(
    '{notes}<div class="answers" aria-busy="{busy}">'
    '<section class="answer"><h2>Unsteered</h2><p class="said">{unsteered}</p></section>'
    '<section class="answer steered"><h2>Steered <span class="answer-how">{how}</span>{timed}</h2><p class="said">{steered}</p>'
    "</section></div>"
)
_TIMED = Markup('<span class="timed" title="{}">first token {} ms</span>')
_NOTHING = Markup('<span class="quiet-text">{}</span>').format(words.SILENT)
_WAITING = Markup('<span class="waiting"></span>')


@dataclass(frozen=True)
class Answered:
    """What there is so far."""

    how: str = ""
    """Neuron and α, in words."""
    unsteered: str | None = None
    """None until its first word."""
    steered: str | None = None
    first_ms: float | None = None
    """From the visitor's move to the first steered token."""
    notes: Sequence[str] = ()
    """Sentences above."""
    done: bool = False


def answers(so_far: Answered) -> Markup:
    """Both answers; a text that has not begun holds its place."""
    return _ANSWERS.format(
        notes=Markup("").join(map(notice, so_far.notes)),
        busy="false" if so_far.done else "true",
        how=so_far.how,
        timed="" if so_far.first_ms is None else _TIMED.format(words.FIRST_TOKEN, f"{so_far.first_ms:.0f}"),
        unsteered=_said(so_far.unsteered, so_far.done),
        steered=_said(marked(so_far.unsteered or "", so_far.steered) if so_far.steered else so_far.steered, so_far.done),
    )


def marked(unsteered: str, steered: str) -> Markup:
    """The steered text, runs of words that the unsteered one does not have at that place marked."""
    words = list(re.finditer(_WORD, steered))
    matcher = SequenceMatcher(None, re.findall(_WORD, unsteered), [word[0] for word in words], autojunk=False)
    shown, end = [], 0
    for kind, _, _, first, stop in matcher.get_opcodes():
        if first == stop:  # words that are gone
            continue
        begin = words[first].start()
        piece = Markup("{}" if kind == "equal" else "<mark>{}</mark>").format(steered[begin : words[stop - 1].end()])
        shown += [steered[end:begin], piece]
        end = words[stop - 1].end()
    return Markup("").join([*shown, steered[end:]])


def _said(words: str | None, done: bool) -> str:
    return words if words else _NOTHING if done else _WAITING
