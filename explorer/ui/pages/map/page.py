"""Map: all neurons of an atlas in two dimensions; click opens one, a drawn area leads to Browse."""

import gradio as gr
from markupsafe import Markup

from explorer.errors import UserError
from explorer.ui.address import address
from explorer.ui.context import Context
from explorer.ui.events import QUICK, sentence, wire
from explorer.ui.pages.map.drawing import map_page
from explorer.ui.pages.map.view import read_view
from explorer.ui.parts.html import html
from explorer.ui.parts.notice import no_atlas, notice

PATH = "map"


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it."""
    top = html("top", context.header(PATH))
    stage = html("map", Markup('<div class="map-space"></div>'), listens=True)

    def show(request: gr.Request) -> tuple[str, str]:
        params = address(request)
        try:
            atlas = context.atlas(params, PATH)
            return context.header(PATH, params), map_page(atlas, read_view(params, atlas))
        except UserError as error:
            refused = notice(sentence(error)) if context.library.atlases else no_atlas(context.library.problems)
            return context.header(PATH, params), refused

    for event in (demo.load, stage.submit):
        wire(event, show, None, [top, stage], stage, context.jobs, **QUICK)
