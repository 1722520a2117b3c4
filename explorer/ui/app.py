"""The explorer's table of contents: its pages, and what they share.

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
from explorer.ui.gate.waiting import Waiting
from explorer.ui.handlers import Jobs
from explorer.ui.pages import about, browse, image, neuron, steer, study
from explorer.ui.uploads import Uploads

MB = 10**6
OF_ONE = 10  # visitors at least that fill the place for uploads


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


def create_frame(library: Library, desk: Desk, settings: Settings) -> Frame:
    """What all pages share.

    Args:
        library: the atlases to show.
        desk: the study of them.
        settings: the vision-language model to steer, if any, and the limits.
    """
    steerers = Loaded(partial(_load_steerer, source=settings.vlm)) if settings.vlm else None
    links = [page.link for page in PAGES if page.listed]
    largest, of_all = settings.upload_mb * MB, settings.uploads_mb * MB
    uploads = Uploads(largest, max(largest, of_all // OF_ONE), max(largest, of_all))
    firings = Loaded(partial(_load_firing, allowed=settings.models))
    return Frame(library, links, firings, steerers, desk, uploads, Jobs(Waiting(), settings.job_seconds))


def create_app(frame: Frame) -> gr.Blocks:
    """All pages, wired."""
    demo = gr.Blocks(title="Monoscope", analytics_enabled=False, fill_width=True)
    for page in PAGES:
        with demo.route(page.link.title, page.link.path, show_in_navbar=False) if page.link.path else demo:
            gr.Navbar(visible=False)
            page.create(demo, frame)
    return demo.queue(api_open=False)


def _load_firing(atlas: Atlas, allowed: tuple[Path, ...]) -> Any:
    from explorer.models.firing import load_firing  # torch: only when the first picture comes

    return load_firing(atlas, allowed)


def _load_steerer(atlas: Atlas, source: str) -> Any:
    from explorer.models.steerer import load_steerer  # the same

    return load_steerer(atlas, source)
