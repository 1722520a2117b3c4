"""The explorer's table of contents: its pages, and how it is served.

To add a page: a file in `pages/` with `create(demo, frame)`, and a line in PAGES.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from explorer.atlas.atlas import Atlas, Library
from explorer.settings import Settings
from explorer.ui.components.header import Link
from explorer.ui.frame import Firings, Frame
from explorer.ui.pages import about, browse, image, neuron
from explorer.ui.theme import theme
from explorer.ui.thumbs import thumbs_route

ASSETS = Path(__file__).parents[2] / "assets"


UPLOADS_KEPT = (900, 2700)  # seconds: looked for every, deleted after


class Page(NamedTuple):
    """A page of the explorer."""

    link: Link
    create: Callable[[gr.Blocks, Frame], None]
    listed: bool = True  # in the navigation


def knows_its_encoder(atlas: Atlas) -> bool:
    """Whether new pictures can be read; not where activations were brought as a file."""
    return atlas.manifest.encoder.library != "none"


PAGES = (
    Page(Link("Browse", ""), browse.create),
    Page(Link("Neuron", neuron.PATH), neuron.create, listed=False),
    Page(Link("Image", image.PATH, knows_its_encoder), image.create),
    Page(Link("About", about.PATH), about.create),
)


def create_app(library: Library, load_firing: Callable[[Atlas], Any] | None = None) -> gr.Blocks:
    """All pages, wired.

    Args:
        library: the atlases to show.
        load_firing: how an atlas's models are loaded; `explorer.models.firing.load_firing` if None.
    """
    frame = Frame(library, [page.link for page in PAGES if page.listed], Firings(load_firing or _load_firing))
    demo = gr.Blocks(title="Monoscope", analytics_enabled=False, fill_width=True, delete_cache=UPLOADS_KEPT)
    for page in PAGES:
        with demo.route(page.link.title, page.link.path, show_in_navbar=False) if page.link.path else demo:
            gr.Navbar(visible=False)
            page.create(demo, frame)
    return demo


def launch_options(settings: Settings, library: Library) -> dict[str, Any]:
    """Keyword arguments of `launch`: address, looks, limits."""
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "theme": theme(),
        "css_paths": sorted((ASSETS / "css").glob("*.css")),
        "head": f"<script>{(ASSETS / 'js' / 'monoscope.js').read_text(encoding='utf-8')}</script>",
        "max_file_size": f"{settings.upload_mb}mb",
        "app_kwargs": {"routes": [thumbs_route(library)]},
        "footer_links": [],
        "ssr_mode": False,
        "run_history": False,
        "enable_monitoring": False,
        "show_error": False,
        "quiet": True,
    }


def _load_firing(atlas: Atlas) -> Any:
    from explorer.models.firing import load_firing  # torch: only when the first picture comes

    return load_firing(atlas)
