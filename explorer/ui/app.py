"""The explorer's table of contents: its pages, and what they share.

To add a page: a folder in `pages/` whose `page.py` has `create(demo, context)`, and a line in PAGES.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr

from explorer.atlas.atlas import Atlas, Library
from explorer.atlas.steerable import can_steer
from explorer.settings import Settings
from explorer.study.session import Session
from explorer.ui.context import Context
from explorer.ui.gate.waiting import Waiting
from explorer.ui.jobs import Jobs
from explorer.ui.model_cache import Loaded
from explorer.ui.pages.about import page as about
from explorer.ui.pages.browse import page as browse
from explorer.ui.pages.image import page as image
from explorer.ui.pages.neuron import page as neuron
from explorer.ui.pages.steer import page as steer
from explorer.ui.pages.study import page as study
from explorer.ui.parts.header import Link
from explorer.ui.uploads import Uploads

MB = 10**6
OF_ONE = 10  # visitors at least that fill the place for uploads


class Page(NamedTuple):
    """A page of the explorer."""

    link: Link
    create: Callable[[gr.Blocks, Context], None]
    listed: bool = True  # in the navigation


def knows_its_encoder(atlas: Atlas) -> bool:
    """Whether new pictures can be read; not where activations were brought as a file."""
    return atlas.manifest.encoder.library != "none"


PAGES = (
    Page(Link("Browse", ""), browse.create),
    Page(Link("Neuron", neuron.PATH), neuron.create, listed=False),
    Page(Link("Image", image.PATH, knows_its_encoder), image.create),
    Page(Link("Steer", steer.PATH, usable_with=can_steer), steer.create),
    Page(Link("Study", study.PATH), study.create),
    Page(Link("About", about.PATH), about.create),
)


def create_context(library: Library, session: Session, settings: Settings) -> Context:
    """What all pages share.

    Args:
        library: the atlases to show.
        session: the study of them.
        settings: the vision-language model to steer, if any, and the limits.
    """
    steerers = Loaded(partial(_load_steerer, source=settings.vlm)) if settings.vlm else None
    links = [page.link for page in PAGES if page.listed]
    largest, of_all = settings.upload_mb * MB, settings.uploads_mb * MB
    uploads = Uploads(largest, max(largest, of_all // OF_ONE), max(largest, of_all))
    readers = Loaded(partial(_load_firing, allowed=settings.models))
    return Context(library, links, readers, steerers, session, uploads, Jobs(Waiting(), settings.job_seconds))


def create_app(context: Context) -> gr.Blocks:
    """All pages, wired."""
    demo = gr.Blocks(title="Monoscope", analytics_enabled=False, fill_width=True)
    for page in PAGES:
        with demo.route(page.link.title, page.link.path, show_in_navbar=False) if page.link.path else demo:
            gr.Navbar(visible=False)
            page.create(demo, context)
    return demo.queue(api_open=False)


def _load_firing(atlas: Atlas, allowed: tuple[Path, ...]) -> Any:
    from explorer.models.neuron_reader import load_neuron_reader

    return load_neuron_reader(atlas, allowed)


def _load_steerer(atlas: Atlas, source: str) -> Any:
    from explorer.models.steering.steerer import load_steerer

    return load_steerer(atlas, source)
