"""Compare: two atlases side by side, the same picture read by both; or several neurons of any atlases."""

from collections.abc import Iterator

import gradio as gr
from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError, VisitorError
from explorer.operations.compare import MOST_NEURONS, TWO_NEEDED, compare
from explorer.operations.images import NamedImage, atlas_image, named
from explorer.ui import text
from explorer.ui.address import Params, address
from explorer.ui.context import Context
from explorer.ui.events import QUICK, SLOW, sentence, wire
from explorer.ui.pages.compare import words
from explorer.ui.pages.compare.atlases import Pair, chooser, curves_title, differences, figures, neurons
from explorer.ui.pages.compare.picture import choice, read_by_both
from explorer.ui.pages.compare.together import neurons_together
from explorer.ui.pages.compare.view import other_of, read_neurons, shown
from explorer.ui.parts.curve_chart import curve_chart
from explorer.ui.parts.html import html
from explorer.ui.parts.image_figure import image_figure
from explorer.ui.parts.image_input import image_input, uploaded
from explorer.ui.parts.notice import no_atlas, notice
from explorer.ui.templates import render

PATH = "compare"


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it."""
    top = html("top", context.header(PATH))
    head = html("compare-head", _intro(words.TITLE, words.INTRO), listens=True)
    with gr.Row(elem_id="compare-columns", equal_height=False):
        with gr.Column(elem_id="compare-left", min_width=0):
            told = html("compare-figures")
        with gr.Column(elem_id="compare-right", min_width=0):
            curves = html("compare-title")
            plot = gr.Plot(show_label=False, container=False, elem_id="compare-curves", visible=False)
    with gr.Column(min_width=0, elem_id="compare-picture", visible=False) as picture:
        examples = html("compare-examples")
        upload = image_input("compare-upload")
        figure = html("compare-figure")
        firing = html("compare-firing")
    body = html("compare-neurons")

    def show(request: gr.Request) -> tuple[object, ...]:
        params = address(request)
        drawn = _drawn(context, params)
        return context.header(PATH, params, shown(params, context.library.atlases)), *drawn

    def read_example(request: gr.Request) -> Iterator[tuple[object, object]]:
        params = address(request)
        if params.get("example") and "neurons" not in params:
            pair = _pair(context, params)
            if params["example"] not in pair[0].images:
                raise VisitorError(text.UNKNOWN_EXAMPLE)
            image = atlas_image(pair[0], params["example"])
            yield from _read(context, pair, image)

    def read_upload(name: str | None, request: gr.Request) -> Iterator[tuple[object, object, None]]:
        if name is not None:
            image = named(uploaded(context.uploads, name))
            yield from ((*parts, None) for parts in _read(context, _pair(context, address(request)), image))

    for event in (demo.load, head.submit, head.input):
        wire(event, show, None, [top, head, told, curves, plot, body, picture, examples], head, context.jobs, **QUICK)
        wire(event, read_example, None, [figure, firing], firing, context.jobs, **SLOW)
    wire(upload.input, read_upload, upload, [figure, firing, upload], firing, context.jobs, **SLOW, js="monoscope.forgetExample")


def _drawn(context: Context, params: Params) -> tuple[object, ...]:
    """Head, figures, curves, neurons, the place for a picture, and the pictures to choose from."""
    nothing = ("", "", gr.Plot(visible=False), "", gr.Column(visible=False), "")
    try:
        if not context.library.atlases:
            return no_atlas(context.library.problems), *nothing
        if "neurons" in params:
            return _several(context, params), *nothing
        left, right = pair = _pair(context, params)
        found = compare(left, right)
    except UserError as error:
        return _head(context, params) + notice(sentence(error)), *nothing
    chart = gr.Plot(curve_chart(pair, found.similarity, 320), visible=True)
    head = _head(context, params) + differences(pair, found)
    return (
        head,
        figures(pair, found),
        curves_title(found),
        chart,
        neurons(pair, found),
        gr.Column(visible=True),
        choice(left, right, params.get("example", "")),
    )


def _several(context: Context, params: Params) -> Markup:
    asked = read_neurons(params, context.library.atlases)
    head = _intro(words.NEURONS_TITLE, words.NEURONS_INTRO.format(most=MOST_NEURONS))
    if asked.missing:
        head += notice(words.MISSING.format(names=", ".join(asked.missing)))
    try:
        return head + neurons_together(asked.found)
    except VisitorError as error:
        return head + notice(sentence(error))


def _head(context: Context, params: Params) -> Markup:
    """Title and the two menus."""
    atlases = context.library.atlases
    left = context.named(params)
    right = other_of(params, atlases[left], atlases) if left in atlases else ""
    return _intro(words.TITLE, words.INTRO) + chooser(list(atlases), left, right)


def _pair(context: Context, params: Params) -> Pair:
    """The two atlases.

    Raises:
        VisitorError: if one is not here, they are the same, or there is only one.
    """
    atlases, left = context.library.atlases, context.atlas(params)
    if len(atlases) < 2:
        raise VisitorError(words.ONLY_ONE)
    other = other_of(params, left, atlases)
    if other not in atlases:
        raise VisitorError(words.UNKNOWN.format(name=f"“{other[:60]}”"))
    if other == left.name:
        raise VisitorError(TWO_NEEDED)
    return left, context.atlas({"atlas": other})


def _read(context: Context, pair: tuple[Atlas, Atlas], image: NamedImage) -> Iterator[tuple[object, object]]:
    """The picture at once, and then what fires on it."""
    shown = image_figure(image.load())
    yield shown, notice(words.READING)
    yield shown, read_by_both(context.pool, pair, image)


def _intro(title: str, intro: str) -> Markup:
    return render("pages/compare/intro.html", title=title, intro=intro)
