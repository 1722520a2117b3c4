"""Steer: one neuron turned up or down inside a vision-language model; what it says then, beside what it says unsteered."""

import time
from collections.abc import Iterator
from functools import partial

import gradio as gr

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import can_steer
from explorer.errors import UserError, VisitorError
from explorer.operations.first_questions import first_image
from explorer.operations.images import WHITE, atlas_image
from explorer.ui import text
from explorer.ui.address import Params, address
from explorer.ui.context import Context
from explorer.ui.events import AT_ONCE, QUICK, SLOW_LAST, UPLOAD, sentence, wire
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.answering import AskedImage, answering
from explorer.ui.pages.steer.answers import Answered, answers
from explorer.ui.pages.steer.controls import steer_controls
from explorer.ui.pages.steer.images import steer_images
from explorer.ui.pages.steer.latest import Latest
from explorer.ui.pages.steer.notice import intro, why_not
from explorer.ui.pages.steer.view import PATH, SteerView, read_steer
from explorer.ui.parts.html import html
from explorer.ui.parts.image_figure import image_figure
from explorer.ui.parts.image_input import image_input, keep_view, uploaded, view_of

Own = tuple[str, float] | None  # the name of the visitor's picture, and when it came: the same one again is a new one


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it."""
    latest = Latest()
    own_image = gr.State(None)
    top = html("top", context.header(PATH))
    head = html("steer-intro", intro())
    with gr.Row(elem_id="steer-columns", equal_height=False):
        with gr.Column(elem_id="steer-left", min_width=0):
            figure = html("picture")
            examples = html("examples")
            with gr.Column(min_width=0) as drop:
                upload = image_input("upload")
        with gr.Column(elem_id="steer-right", min_width=0):
            tools = html("steer-tools")
            said = html("said", answers(Answered()), listens=True)

    def show(own: Own, request: gr.Request) -> tuple[object, ...]:
        params = address(request)
        top = context.header(PATH, params)
        try:
            atlas, view, image = _read_address(context, params, own)
            choice = image_figure(image.small()), steer_images(atlas, image.key)
            return top, intro(), *choice, gr.Column(visible=True), steer_controls(atlas, view, context.limits.prompt)
        except UserError as error:
            why = why_not(context.library, context.named(params, PATH), context.vlm is not None, sentence(error))
            return top, why, "", "", gr.Column(visible=own is not None), ""  # a picture that is gone is sent again

    def tell(own: Own, request: gr.Request) -> None:
        latest.tell(request.session_hash or "", (address(request), own))

    def steer(own: Own, request: gr.Request) -> Iterator[str]:
        tell(own, request)
        for markup in _answers(context, address(request), own):
            yield markup
            if not latest.wants(request.session_hash or "", (address(request), own)):
                return

    def take(name: str | None) -> tuple[object, ...]:
        """Keep the name of an upload that can be used, and empty the place for the next."""
        if name is None:
            return gr.skip(), gr.skip(), gr.skip()
        keep_view(context.uploads, name, uploaded(context.uploads, name))
        return (name, time.monotonic()), None, gr.skip()

    redrawn = [demo.load, said.submit, own_image.change]
    wire(redrawn, show, own_image, [top, head, figure, examples, drop, tools], head, context.jobs, **QUICK)
    wire([*redrawn, said.input], tell, own_image, None, None, context.jobs, **AT_ONCE)
    wire([*redrawn, said.input], steer, own_image, said, said, context.jobs, **SLOW_LAST)
    # Queued: only then does the state's change reach the browser.
    wire(upload.input, take, upload, [own_image, upload, figure], figure, context.jobs, **UPLOAD, js="monoscope.forgetExample")


def _read_address(context: Context, params: Params, own: Own) -> tuple[Atlas, SteerView, AskedImage]:
    """What an address asks for, and of which picture: its example, the visitor's own, or the first example.

    Raises:
        UserError: if there is no such atlas or neuron, or no model to steer.
    """
    atlas = context.atlas(params, PATH)
    if not can_steer(atlas):
        raise VisitorError(text.STEER_NOT_THIS_ATLAS if atlas.entry.steering else text.STEER_CLOSED)
    if context.vlm is None:
        raise VisitorError(words.NO_MODEL)
    view = read_steer(params, atlas)
    if own and not view.example:
        load, small = (partial(read, context.uploads, own[0]) for read in (uploaded, view_of))
        return atlas, view, AskedImage(own[0], load, small, own=True)
    key = view.example or first_image(atlas)
    if key != WHITE and key not in atlas.images:
        raise VisitorError(text.UNKNOWN_EXAMPLE)
    load = atlas_image(atlas, key).load
    return atlas, view, AskedImage(key, load, load, own=False)


def _answers(context: Context, params: Params, own: Own) -> Iterator[str]:
    try:
        question = _read_address(context, params, own)
    except UserError:
        yield ""  # `show` says why
        return
    for so_far in answering(context, *question):
        yield answers(so_far)
