"""Earlier and later: links that the arrow keys press too."""

from markupsafe import Markup

_LINK = Markup('<a class="step" href="{href}" rel="{rel}" data-view aria-label="{name}" title="{name} ({key})">{arrow}</a>')
_OFF = Markup('<span class="step off" aria-hidden="true">{arrow}</span>')
_ARROWS = {"prev": ("←", "left arrow key"), "next": ("→", "right arrow key")}


def step(rel: str, href: str | None, name: str) -> Markup:
    """One arrow; greyed where there is nowhere to go.

    Args:
        rel: `prev` or `next`.
        name: what it leads to, in words.
    """
    arrow, key = _ARROWS[rel]
    return _LINK.format(href=href, rel=rel, name=name, key=key, arrow=arrow) if href else _OFF.format(arrow=arrow)


def pager(page: int, pages: int, previous: str | None, following: str | None) -> Markup:
    """`← 3 of 171 →`; nothing where there is one page."""
    if pages < 2:
        return Markup("")
    return Markup('<nav class="pager" aria-label="Pages of neurons">{}<span><b>{}</b> of {}</span>{}</nav>').format(
        step("prev", previous, "Previous page"), f"{page + 1:,}", f"{pages:,}", step("next", following, "Next page")
    )
