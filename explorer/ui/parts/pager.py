"""Earlier and later: links that the arrow keys press too."""

from markupsafe import Markup

from explorer.ui.templates import render

_ARROWS = {"prev": ("←", "left arrow key"), "next": ("→", "right arrow key")}


def step(rel: str, href: str | None, name: str) -> Markup:
    """One arrow; greyed where there is nowhere to go.

    Args:
        rel: `prev` or `next`.
        name: what it leads to, in words.
    """
    arrow, key = _ARROWS[rel]
    return render("parts/step.html", href=href, rel=rel, name=name, key=key, arrow=arrow)


def pager(page: int, pages: int, previous: str | None, following: str | None) -> Markup:
    """`← 3 of 171 →`; nothing where there is one page."""
    if pages < 2:
        return Markup("")
    before, after = step("prev", previous, "Previous page"), step("next", following, "Next page")
    return render("parts/pager.html", page=f"{page + 1:,}", pages=f"{pages:,}", previous=before, following=after)
