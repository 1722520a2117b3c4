"""The sections of a report: heading, what it shows, table, what that was made of, and its file."""

from collections.abc import Sequence
from functools import lru_cache

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.report.left import STEERING, TRUTH
from explorer.operations.report.sources import source
from explorer.operations.report.tables import frame
from explorer.ui.address import FORM
from explorer.ui.pages.report import words
from explorer.ui.pages.report.grid import grid_table
from explorer.ui.pages.report.table import table
from explorer.ui.parts.curve_chart import MOST
from explorer.ui.parts.menu import Menu, menu
from explorer.ui.routes.report_tables import report_table_url
from explorer.ui.templates import render

Atlases = tuple[Atlas, ...]
FILES = {"k": "summary"} | dict.fromkeys(words.GRIDS, "summary")  # section → table, where their names differ


@lru_cache(maxsize=16)
def head(atlases: Atlases, shown: str, similarity: str | None) -> Markup:
    """Heading, the choice of E, the grids, and the heading of the curves; atlases never change, so each is drawn once."""
    known = list(dict.fromkeys(name for atlas in atlases for name in atlas.similarities))
    grids = [_section(atlases, name, *words.GRIDS[name], grid_table(atlases, name, similarity)) for name in words.GRIDS]
    more = "" if len(atlases) <= MOST else words.CURVES_LEFT_OUT.format(shown=MOST, count=len(atlases))
    curves = _section(atlases, "curves", words.CURVES, f"{words.CURVES_WHY} {more}".strip(), Markup(""))
    return render(
        "pages/report/head.html", form=FORM, atlas=shown, by=_by(known, similarity), sections=[*grids, curves], words=words
    )


def _by(known: Sequence[str], similarity: str | None) -> Markup:
    """The choice of E; nothing where there is one alone."""
    options = [("", words.BY_MAIN), *((name, name) for name in known)]
    return menu(words.BY, words.BY_WHY, Menu("e", words.BY, options, similarity or "")) if len(known) > 1 else Markup("")


def tables(atlases: Atlases, similarity: str | None) -> Markup:
    """All tables below the curves; those that need models may change while the explorer runs."""
    return (
        _own_tables(atlases, similarity)
        + _left(atlases, STEERING, words.STEERING_SECTION)
        + _left(atlases, TRUTH, words.TRUTH_SECTION)
    )


@lru_cache(maxsize=16)
def _own_tables(atlases: Atlases, similarity: str | None) -> Markup:
    found = [_section(atlases, name, *words.TABLES[name], table(atlases, name, similarity)) for name in words.TABLES]
    return Markup("").join(found)


def _left(atlases: Atlases, names: Sequence[str], about: words.Section) -> Markup:
    """The tables that somebody made with models, or how to make them."""
    there = [name for name in names if not frame(atlases, name).empty]
    found = [_section(atlases, name, *about.tables[name], table(atlases, name, None), level=3) for name in there]
    return render("pages/report/left.html", sections=found, about=about)


def _section(atlases: Sequence[Atlas], name: str, title: str, about: str, body: Markup, level: int = 2) -> Markup:
    """A section; its sources are the atlases that the table is made of."""
    file = FILES.get(name, name)
    return render(
        "pages/report/section.html",
        name=name,
        title=title,
        about=about,
        body=body,
        level=level,
        sources=list(map(source, atlases)),
        csv=report_table_url(file),
    )
