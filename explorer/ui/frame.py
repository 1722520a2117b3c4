"""What every page shares: the library, the navigation, and the parts that Gradio puts on the page."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import gradio as gr
from markupsafe import Markup

from explorer.atlas.atlas import Atlas, Library
from explorer.errors import VisitorError
from explorer.study.desk import Desk
from explorer.ui import text
from explorer.ui.components.header import Link, header
from explorer.ui.handlers import Jobs
from explorer.ui.uploads import Uploads

if TYPE_CHECKING:  # importing it would load torch
    from explorer.models.firing import Firing
    from explorer.models.steerer import Steerer

# Of handlers that only read an atlas: milliseconds, so they need no queue; the last of many quick changes wins.
QUICK: dict[str, Any] = {
    "queue": False,
    "show_progress": "hidden",
    "api_visibility": "private",
    "trigger_mode": "always_last",
}
# Of handlers that run a model: one at a time, whatever the page, for models share one processor.
SLOW: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "concurrency_id": "models",
    "concurrency_limit": 1,
}


T = TypeVar("T")
# Of all models: libraries that import their parts when first used, as transformers does, break when two threads do it at once.
LOADING = threading.Lock()


class Loaded(Generic[T]):
    """Models in memory, one atlas's at a time: what a Space's 16 GB are sure to hold."""

    def __init__(self, load: Callable[[Atlas], T]) -> None:
        self._load = load
        self._loaded: tuple[str, T] | None = None

    def ready(self, atlas: Atlas) -> bool:
        """Whether the next picture is read at once."""
        return self._loaded is not None and self._loaded[0] == atlas.name

    def of(self, atlas: Atlas) -> T:
        """The atlas's models, loaded if they are not.

        Raises:
            UserError: if they cannot be.
        """
        with LOADING:
            if self._loaded is None or self._loaded[0] != atlas.name:
                self._loaded = None  # lets the old one go before the new one comes
                self._loaded = (atlas.name, self._load(atlas))
            return self._loaded[1]


@dataclass(frozen=True)
class Frame:
    """Given to every page when it is made."""

    library: Library
    links: Sequence[Link]
    """The navigation, in order."""
    firings: "Loaded[Firing]" = field(repr=False)
    """An atlas's encoder, tap and SAE."""
    steerers: "Loaded[Steerer] | None" = field(repr=False)
    """An atlas's SAE inside the vision-language model; None where no such model is set."""
    desk: Desk = field(repr=False)
    """The study and its answers."""
    uploads: Uploads = field(repr=False)
    """Visitors' pictures."""
    jobs: Jobs = field(repr=False)
    """When work for a visitor ends."""

    def named(self, params: Mapping[str, str], here: str = "") -> str:
        """The name of the atlas that an address asks for; where it names none, of the first that the page at `here` suits."""
        atlases, link = self.library.atlases, next((link for link in self.links if link.path == here), None)
        fit = (name for name, atlas in atlases.items() if link is None or (link.offered(atlas) and link.suits(atlas)))
        return params.get("atlas") or next(fit, next(iter(atlases), ""))

    def atlas(self, params: Mapping[str, str], here: str = "") -> Atlas:
        """The atlas of that name.

        Raises:
            UserError: if there is no such atlas, or its images cannot be read.
        """
        name = self.named(params, here)
        if name not in self.library.atlases:
            raise VisitorError(text.UNKNOWN_ATLAS)
        atlas = self.library.atlases[name]
        _ = atlas.images  # opens the store, so that a damaged one is a notice and not half a page
        return atlas

    def header(self, here: str, params: Mapping[str, str] | None = None, owner: str = "") -> Markup:
        """The header of the page at path `here`; where the address names no atlas of ours, that of the first."""
        asked = params or {}
        atlases = self.library.atlases
        atlas = atlases.get(self.named(asked, here)) or next(iter(atlases.values()), None)
        links = [self._leading(link, atlas) for link in self.links if atlas is None or link.offered(atlas)]
        return header(links, here, list(atlases), atlas, asked.get("text", "")[:80], owner)

    def _leading(self, link: Link, shown: Atlas | None) -> Link:
        """The link, to an atlas that its page suits: the one shown, or the first."""
        if shown is None or link.suits(shown):
            return link
        return link._replace(atlas=next((name for name, atlas in self.library.atlases.items() if link.suits(atlas)), None))


def html(name: str, value: str = "", listens: bool = False) -> gr.HTML:
    """A part of a page that is drawn by our own functions.

    Args:
        name: its id on the page.
        value: shown until the first answer: a skeleton of the same size.
        listens: its `input` and `submit` events fire when the address changes in place, see assets/js.
    """
    script = f"monoscope.part(element, watch, {'trigger' if listens else 'null'});"
    return gr.HTML(value, elem_id=name, elem_classes="part", apply_default_css=False, js_on_load=script)


def address(request: gr.Request) -> dict[str, str]:
    """The query of the address in the visitor's browser, now."""
    return {str(name): str(value) for name, value in request.query_params.items()}
