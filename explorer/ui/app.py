"""The explorer's table of contents: its pages, and what they share.

To add a page: a folder in `pages/` whose `page.py` has `create(demo, context)`, and a line in PAGES.
"""

from collections.abc import Callable
from typing import NamedTuple

import gradio as gr

from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library
from explorer.atlas.picture_limits import Limits as PictureLimits
from explorer.atlas.steerable import can_steer
from explorer.model_pool import Knows, ModelPool
from explorer.settings import Settings
from explorer.study.session import Session
from explorer.ui.api import create_api
from explorer.ui.context import Context
from explorer.ui.door import Door
from explorer.ui.gate.waiting import Waiting
from explorer.ui.jobs import Jobs
from explorer.ui.pages.about import page as about
from explorer.ui.pages.browse import page as browse
from explorer.ui.pages.compare import page as compare
from explorer.ui.pages.image import page as image
from explorer.ui.pages.map import page as map_
from explorer.ui.pages.neuron import page as neuron
from explorer.ui.pages.report import page as report
from explorer.ui.pages.researcher import page as researcher
from explorer.ui.pages.search import page as search
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
    Page(Link("Search", search.PATH), search.create, listed=False),
    Page(Link("Image", image.PATH, knows_its_encoder), image.create),
    Page(Link("Steer", steer.PATH, usable_with=can_steer), steer.create),
    Page(Link("Map", map_.PATH), map_.create),
    Page(Link("Compare", compare.PATH), compare.create),
    Page(Link("Study", study.PATH), study.create),
    Page(Link("Studies", researcher.PATH), researcher.create, listed=False),
    Page(Link("Report", report.PATH), report.create),
    Page(Link("About", about.PATH), about.create),
)


def create_context(library: Library, session: Session, settings: Settings, knows: Knows | None = None) -> Context:
    """What all pages share.

    Args:
        library: the atlases to show.
        session: the study of them.
        settings: the vision-language model to steer, if any, and the limits.
        knows: gives the judge of an atlas whose images' truth is known, see `ModelPool`.
    """
    links = [page.link for page in PAGES if page.listed]
    largest, of_all = settings.upload_mb * MB, settings.uploads_mb * MB
    pictures = PictureLimits(settings.megapixels)
    uploads = Uploads(largest, max(largest, of_all // OF_ONE), max(largest, of_all), pictures=pictures)
    jobs = Jobs(Waiting(limits=settings), settings.job_seconds)
    door = Door(settings.study_password, settings.behind_proxy, frozenset(settings.researchers))
    pool = ModelPool(settings.memory, settings.models, settings.vlm_precision, knows)
    return Context(library, links, pool, settings.vlm, session, uploads, jobs, door, settings)


def create_app(context: Context) -> gr.Blocks:
    """All pages, wired, and the API beside them.

    As `Blocks.route` and `queue` would, but in one block: Gradio makes a web server at the end of each, and again in either.
    """
    demo = gr.Blocks(title="Monoscope", analytics_enabled=False, fill_width=True)
    demo.api_open = False
    with demo:
        create_api(context)  # first, so that no page's handler takes a name of its own
        for page in PAGES:
            if page.link.path:
                demo.pages.append((page.link.path, page.link.title, False))
            demo.current_page = page.link.path
            gr.Navbar(visible=False)
            page.create(demo, context)
    return demo
