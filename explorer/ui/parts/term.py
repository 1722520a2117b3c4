"""A word or number of the trade that says what it means when it is pointed at, reached by keyboard, or tapped.

assets/js/8-tips.js shows the meaning. A term is a button: never put one inside a link, a label or another button.
"""

from markupsafe import Markup


def term(shown: str | Markup, meaning: str) -> Markup:
    """The word, and its meaning behind it; the bare word where there is nothing to say."""
    if not meaning:
        return Markup("{}").format(shown)
    return Markup('<button type="button" class="term" data-tip="{}">{}</button>').format(meaning, shown)
