"""Search: words, a picture or a neuron in, the neurons that fit out, each with the reason."""

from collections.abc import Iterator

import gradio as gr
from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError, VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.hits import Found
from explorer.operations.images import NamedImage, atlas_image, named
from explorer.operations.search import search_image, search_neuron, search_text
from explorer.ui import text
from explorer.ui.address import address
from explorer.ui.context import Context
from explorer.ui.events import QUICK, SLOW, sentence, wire
from explorer.ui.pages.search import words
from explorer.ui.pages.search.results import SKELETON, results, suggestions
from explorer.ui.pages.search.view import View, read_view
from explorer.ui.parts.html import html
from explorer.ui.parts.image_figure import image_figure
from explorer.ui.parts.image_input import foreign, image_input, uploaded
from explorer.ui.parts.notice import no_atlas, notice
from explorer.ui.parts.numbers import neuron_id
from explorer.ui.templates import render

PATH = "search"
SEARCH = SLOW | {"concurrency_id": "search", "concurrency_limit": 2, "trigger_mode": "always_last"}  # milliseconds, once loaded


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it."""
    top = html("top", context.header(PATH))
    head = html("search-intro", _intro(View()))
    with gr.Row(elem_id="search-columns", equal_height=False):
        with gr.Column(elem_id="search-left", min_width=0):
            with gr.Column(min_width=0) as drop:
                upload = image_input("search-upload")
            figure = html("search-picture")
        with gr.Column(elem_id="search-right", min_width=0):
            found = html("found", SKELETON, listens=True)

    def show(request: gr.Request) -> tuple[object, ...]:
        params = address(request)
        try:
            context.atlas(params)
        except UserError as error:
            reason = notice(sentence(error)) if context.library.atlases else no_atlas(context.library.problems)
            return context.header(PATH, params), reason, gr.Column(visible=False)
        return context.header(PATH, params), _intro(read_view(params)), gr.Column(visible=True)

    def find(request: gr.Request) -> Iterator[tuple[object, object]]:
        params = address(request)
        if context.named(params) in context.library.atlases:  # else `show` has said what is wrong
            yield from _found(context, context.atlas(params), read_view(params))
        else:
            yield "", ""

    def find_upload(name: str | None, request: gr.Request) -> Iterator[tuple[object, object, None]]:
        if name is None:
            return
        atlas = context.atlas(address(request))
        image = uploaded(context.uploads, name)
        yield image_figure(image), SKELETON, None
        hits = search_image(context.pool, atlas, named(image))
        reason = Markup("").join(map(notice, foreign(atlas, image)))
        yield gr.skip(), reason + results(atlas, hits, words.OWN, steers=context.vlm is not None), None

    for event in (demo.load, found.submit):
        wire(event, show, None, [top, head, drop], head, context.jobs, **QUICK)
        wire(event, find, None, [figure, found], found, context.jobs, **SEARCH)
    wire(upload.input, find_upload, upload, [figure, found, upload], found, context.jobs, **SLOW, js="monoscope.forgetSearch")


def _found(context: Context, atlas: Atlas, view: View) -> Iterator[tuple[object, object]]:
    """The picture that was asked with, and what was found; a skeleton before it where a model may have to be loaded.

    Raises:
        UserError: if what is asked for cannot be searched.
    """
    if view == View():
        yield "", suggestions(atlas)
        return
    picture = atlas_image(atlas, view.image) if view.image else None
    if picture and view.image not in atlas.images:
        raise VisitorError(text.UNKNOWN_EXAMPLE)
    figure = image_figure(picture.load()) if picture else ""
    loads = view.text and atlas.manifest.search is not None and not context.pool.can_search_now(atlas)
    yield figure, (notice(words.LOADING) if loads else Markup("")) + SKELETON
    hits = _search(context.pool, atlas, view, picture)
    yield figure, results(atlas, hits, _asked(view), view.text, context.vlm is not None)


def _search(pool: ModelPool, atlas: Atlas, view: View, picture: NamedImage | None) -> Found:
    if picture:
        return search_image(pool, atlas, picture)
    return search_text(pool, atlas, view.text) if view.neuron is None else search_neuron(atlas, view.neuron)


def _asked(view: View) -> str:
    if view.image:
        return words.IMAGE
    return words.WORDS.format(text=view.text) if view.neuron is None else words.NEURON.format(id=neuron_id(view.neuron))


def _intro(view: View) -> Markup:
    asked = "" if view == View() else _asked(view)[:80]
    return render("pages/search/intro.html", title=f"Neurons like {asked}" if asked else words.TITLE, asked=asked, words=words)
