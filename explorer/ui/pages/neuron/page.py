"""Neuron: everything that an atlas knows of one neuron."""

import gradio as gr
from markupsafe import Markup

from explorer.errors import UserError
from explorer.operations.neuron import neuron
from explorer.ui.address import Params, address
from explorer.ui.context import Context
from explorer.ui.events import QUICK, sentence, wire
from explorer.ui.pages.browse.view import read_query
from explorer.ui.pages.neuron.aside import aside
from explorer.ui.pages.neuron.gallery import gallery
from explorer.ui.pages.neuron.neighbours import neighbours
from explorer.ui.pages.neuron.portrait import portrait
from explorer.ui.pages.neuron.view import PATH, asked_neuron
from explorer.ui.parts.html import html
from explorer.ui.parts.notice import no_atlas, notice
from explorer.ui.templates import render


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it. All below the header is one part, which takes the skeleton's place at once: nothing moves."""
    top = html("top", context.header(PATH))
    shown = html("neuron", render("pages/neuron/skeleton.html"), listens=True)

    def show(request: gr.Request) -> tuple[str, str]:
        params = address(request)
        top = context.header(PATH, params)
        try:
            return top, _neuron(context, params)
        except UserError as error:
            return top, notice(sentence(error)) if context.library.atlases else no_atlas(context.library.problems)

    for event in (demo.load, shown.submit):
        wire(event, show, None, [top, shown], shown, context.jobs, **QUICK)


def _neuron(context: Context, params: Params) -> Markup:
    """The page below its header.

    Raises:
        UserError: if the address names no neuron of an atlas.
    """
    atlas, number = asked_neuron(context, params)
    query, detail = read_query(params, atlas), neuron(atlas, number)
    return render(
        "pages/neuron/page.html",
        portrait=portrait(atlas, detail, query),
        gallery=gallery(atlas, detail, query, params.get("band", "")),
        aside=aside(atlas, detail),
        neighbours=neighbours(atlas, detail),
    )
