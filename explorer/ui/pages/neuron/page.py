"""Neuron: everything that an atlas knows of one neuron."""

import gradio as gr

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
    """Draw the page and wire it."""
    top = html("top", context.header(PATH))
    head = html("portrait", render("pages/neuron/head_skeleton.html"))
    with gr.Row(elem_id="neuron-columns", equal_height=False):
        with gr.Column(elem_id="neuron-left", min_width=0):
            images = html("images", render("pages/neuron/images_skeleton.html"), listens=True)
        with gr.Column(elem_id="neuron-right", min_width=0):
            beside = html("beside", render("pages/neuron/aside_skeleton.html"))
    related = html("related")
    parts = [top, head, images, beside, related]

    def show(request: gr.Request) -> list[object]:
        params = address(request)
        top = context.header(PATH, params)
        try:
            return [top, *_neuron(context, params)]
        except UserError as error:
            reason = notice(sentence(error)) if context.library.atlases else no_atlas(context.library.problems)
            return [top, reason, "", "", ""]

    for event in (demo.load, images.submit):
        wire(event, show, None, parts, head, context.jobs, **QUICK)


def _neuron(context: Context, params: Params) -> list[object]:
    """The page below its header: portrait, images, what stands beside them, neighbours.

    Raises:
        UserError: if the address names no neuron of an atlas.
    """
    atlas, number = asked_neuron(context, params)
    query = read_query(params, atlas)
    detail = neuron(atlas, number)
    return [
        portrait(atlas, detail, query),
        gallery(atlas, detail, query, params.get("band", "")),
        aside(atlas, detail),
        neighbours(atlas, detail),
    ]
