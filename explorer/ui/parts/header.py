"""The top of every page: name, atlas chooser, pages, search."""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from markupsafe import Markup

from explorer.atlas.atlas import Atlas


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


_HEADER = Markup(
    '<header class="top"><a class="brand" href="{home}">'
    '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10.5"/>'
    '<circle cx="12" cy="12" r="4"/></svg>Monoscope</a>{chooser}<nav aria-label="Pages">{links}</nav>{search}</header>'
)
_CHOOSER = Markup(
    '<details class="chooser"><summary title="The atlas you are looking at">{name}</summary>'
    '<div class="menu">{items}</div></details>'
)
_SEARCH = Markup(
    '<form class="search" role="search" action="./" method="get"><input type="hidden" name="atlas" value="{atlas}"{owned}>'
    '<input type="search" name="text" value="{text}" placeholder="Label or #number"'
    ' aria-label="Search neurons by label or number"'
    ' maxlength="80" autocomplete="off" spellcheck="false"{owned}></form>'
)


def header(
    links: Sequence[Link], here: str, atlases: Sequence[str], atlas: Atlas | None, search: str = "", owner: str = ""
) -> Markup:
    """The header.

    Args:
        here: path of the page it stands on.
        atlases: names to choose from.
        atlas: the one shown; None where there is none.
        search: what is searched for now.
        owner: id of the form that the search belongs to, on the page that has one.
    """
    name = atlas.name if atlas else None
    return _HEADER.format(
        home=_address("", name),
        chooser=_chooser(here, atlases, name) if name else "",
        links=Markup("").join(_link(link, link.path == here, link.atlas or name) for link in links),
        search=_search(name, search, owner) if name else "",
    )


def _address(path: str, atlas: str | None) -> str:
    return (path or "./") + (f"?{urlencode({'atlas': atlas})}" if atlas else "")


def _link(link: Link, here: bool, atlas: str | None) -> Markup:
    current = Markup(' aria-current="page"') if here else ""
    return Markup('<a href="{}"{}>{}</a>').format(_address(link.path, atlas), current, link.title)


def _chooser(here: str, atlases: Sequence[str], name: str) -> Markup:
    path = "" if here == "neuron" else here  # another atlas has other neurons
    items = [_link(Link(other, path), other == name, other) for other in atlases]
    return _CHOOSER.format(name=name, items=Markup("").join(items))


def _search(atlas: str, search: str, owner: str) -> Markup:
    owned = Markup(' form="{}"').format(owner) if owner else ""
    return _SEARCH.format(atlas=atlas, text=search, owned=owned)
