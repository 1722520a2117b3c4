"""The top of every page: name, atlas chooser, pages, search."""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui import text
from explorer.ui.templates import render

ABOUT = "about"  # path of the page that shows no image


def _always(atlas: Atlas) -> bool:
    return True


class Link(NamedTuple):
    """An entry of the navigation."""

    title: str
    path: str  # "" = the main page
    visible_for: Callable[[Atlas], bool] = _always  # whether the page makes sense for an atlas
    usable_with: Callable[[Atlas], bool] = _always  # whether it can show it: else it leads to the first it can
    atlas: str | None = None  # it leads to; None: the one shown

    def can_show(self, atlas: Atlas) -> bool:
        return self.visible_for(atlas) and self.usable_with(atlas)


class Entry(NamedTuple):
    """A link as it is drawn."""

    title: str
    href: str
    current: bool  # whether it leads to what is shown


def header(
    links: Sequence[Link], here: str, atlases: Sequence[str], atlas: Atlas | None, search: str = "", also: Sequence[Atlas] = ()
) -> Markup:
    """The header.

    Args:
        here: path of the page it stands on.
        atlases: names to choose from.
        atlas: the one shown; None where there is none.
        search: what is searched for now.
        also: other atlases whose images the page shows; a visitor agrees to the note of each.
    """
    name = atlas.name if atlas else None
    below = "" if here == "neuron" else here  # another atlas has other neurons
    return render(
        "parts/header.html",
        home=_address("", name),
        name=name,
        notes=[] if here == ABOUT else _notes([atlas, *also]),
        text=text,
        atlases=[Entry(other, _address(below, other), other == name) for other in atlases],
        links=[Entry(link.title, _address(link.path, link.atlas or name), link.path == here) for link in links],
        search=search,
    )


def _notes(atlases: Sequence[Atlas | None]) -> list[tuple[str, str]]:
    """Name and note of each atlas that has one."""
    noted = {atlas.name: atlas.entry.content_note for atlas in atlases if atlas and atlas.entry.content_note}
    return list(noted.items())


def _address(path: str, atlas: str | None) -> str:
    return (path or "./") + (f"?{urlencode({'atlas': atlas})}" if atlas else "")
