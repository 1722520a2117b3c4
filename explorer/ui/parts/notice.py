"""Calm sentences in place of what cannot be shown."""

from collections.abc import Sequence

from markupsafe import Markup

from explorer.errors import UserError
from explorer.ui import text
from explorer.ui.templates import render


def notice(sentence: str) -> Markup:
    """One sentence."""
    return Markup('<p class="notice" role="status">{}</p>').format(sentence)


def empty(title: str, why: str, rest: str = "") -> Markup:
    """A whole page's worth of nothing: a heading, a reason, a way out."""
    return Markup('<section class="empty"><h2>{}</h2><p>{}</p>{}</section>').format(title, why, rest)


def no_atlas(problems: Sequence[UserError]) -> Markup:
    """How to make the first atlas."""
    how = Markup("<pre><code>{}</code></pre>{}").format(text.NO_ATLAS_HOW, damaged(problems))
    return empty(text.NO_ATLAS, text.NO_ATLAS_WHY, how)


def damaged(problems: Sequence[UserError]) -> Markup:
    """Atlases that did not open, and why; nothing if all did."""
    if not problems:
        return Markup("")
    return render("parts/damaged.html", title=text.DAMAGED, reasons=[problem.public or text.FAILED for problem in problems])
