"""The explorer's table of contents: its pages, and how it is served.

To add a page: a file in `pages/` with `create(demo, frame)`, and a line in PAGES.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from explorer.atlas.atlas import Atlas, Library
from explorer.atlas.steerable import can_steer
from explorer.settings import Settings
from explorer.study.desk import Desk
from explorer.ui.components.header import Link
from explorer.ui.frame import Frame, Loaded
from explorer.ui.pages import about, browse, image, neuron, steer, study
from explorer.ui.study_csv import answers_route
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
    Page(Link("Steer", steer.PATH, suits=can_steer), steer.create),
    Page(Link("Study", study.PATH), study.create),
    Page(Link("About", about.PATH), about.create),
)


def create_frame(library: Library, desk: Desk, vlm: str | None = None) -> Frame:
    """What all pages share.

    Args:
        library: the atlases to show.
        desk: the study of them.
        vlm: the vision-language model to steer, by Hub id or directory; None where there is none.
    """
    steerers = Loaded(partial(_load_steerer, source=vlm)) if vlm else None
    return Frame(library, [page.link for page in PAGES if page.listed], Loaded(_load_firing), steerers, desk)


def create_app(frame: Frame) -> gr.Blocks:
    """All pages, wired."""
    demo = gr.Blocks(title="Monoscope", analytics_enabled=False, fill_width=True, delete_cache=UPLOADS_KEPT)
    for page in PAGES:
        with demo.route(page.link.title, page.link.path, show_in_navbar=False) if page.link.path else demo:
            gr.Navbar(visible=False)
            page.create(demo, frame)
    return demo


def launch_options(settings: Settings, library: Library, desk: Desk) -> dict[str, Any]:
    """Keyword arguments of `launch`: address, looks, limits."""
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "prevent_thread_lock": True,
        "theme": theme(),
        "css_paths": sorted((ASSETS / "css").glob("*.css")),
        "head": f"<script>{(ASSETS / 'js' / 'monoscope.js').read_text(encoding='utf-8')}</script>",
        "max_file_size": f"{settings.upload_mb}mb",
        "app_kwargs": {"routes": [thumbs_route(library), answers_route(desk)]},
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


def _load_steerer(atlas: Atlas, source: str) -> Any:
    from explorer.models.steerer import load_steerer  # the same

    return load_steerer(atlas, source)
