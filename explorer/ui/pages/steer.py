"""Steer: one neuron turned up or down inside a vision-language model; what it says then, beside what it says unsteered."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import gradio as gr

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import can_steer
from explorer.errors import UserError, VisitorError
from explorer.ui import text
from explorer.ui.answering import Picture, answering
from explorer.ui.components.answers import Answered, answers
from explorer.ui.components.fired import picture_figure
from explorer.ui.components.picture_input import example, keep_view, picture_input, uploaded, view_of
from explorer.ui.components.steer_controls import steer_controls
from explorer.ui.components.steer_notice import intro, why_not
from explorer.ui.components.steer_pictures import first_picture, steer_pictures, white
from explorer.ui.frame import QUICK, SLOW, Frame, address, html
from explorer.ui.handlers import sentence, wire
from explorer.ui.latest import Latest
from explorer.ui.steer_view import WHITE, SteerView, read_steer
from explorer.ui.view import Params

PATH = "steer"
Own = tuple[str, float] | None  # the name of the visitor's picture, and when it came: the same one again is a new one
AT_ONCE: dict[str, Any] = QUICK | {"trigger_mode": "multiple"}  # even while an earlier one is under way


def create(demo: gr.Blocks, frame: Frame) -> None:
    """Draw the page and wire it."""
    latest = Latest()
    own_picture = gr.State(None)
    top = html("top", frame.header(PATH))
    head = html("steer-intro", intro())
    with gr.Row(elem_id="steer-columns", equal_height=False):
        with gr.Column(elem_id="steer-left", min_width=0):
            figure = html("picture")
            examples = html("examples")
            with gr.Column(min_width=0) as drop:
                upload = picture_input("upload")
        with gr.Column(elem_id="steer-right", min_width=0):
            tools = html("steer-tools")
            said = html("said", answers(Answered()), listens=True)

    def show(own: Own, request: gr.Request) -> tuple[object, ...]:
        params = address(request)
        top = frame.header(PATH, params)
        try:
            atlas, view, picture = _asked(frame, params, own)
            choice = picture_figure(picture.small()), steer_pictures(atlas, picture.key)
            return top, intro(), *choice, gr.Column(visible=True), steer_controls(atlas, view)
        except UserError as error:
            why = why_not(frame.library, frame.named(params, PATH), frame.steerers is not None, sentence(error))
            return top, why, "", "", gr.Column(visible=own is not None), ""  # a picture that is gone is sent again

    def tell(own: Own, request: gr.Request) -> None:
        latest.tell(request.session_hash or "", (address(request), own))

    def steer(own: Own, request: gr.Request) -> Iterator[str]:
        tell(own, request)
        for markup in _answers(frame, address(request), own):
            yield markup
            if not latest.wants(request.session_hash or "", (address(request), own)):
                return

    def take(name: str | None) -> tuple[object, ...]:
        """Keep the name of an upload that can be used, and empty the place for the next."""
        if name is None:
            return gr.skip(), gr.skip(), gr.skip()
        keep_view(frame.uploads, name, uploaded(frame.uploads, name))
        return (name, time.monotonic()), None, gr.skip()

    redrawn = [demo.load, said.submit, own_picture.change]
    wire(redrawn, show, own_picture, [top, head, figure, examples, drop, tools], head, frame.jobs, **QUICK)
    wire([*redrawn, said.input], tell, own_picture, None, None, frame.jobs, **AT_ONCE)
    answered: dict[str, Any] = SLOW | {"trigger_mode": "always_last"}
    wire([*redrawn, said.input], steer, own_picture, said, said, frame.jobs, **answered)
    # Queued: only then does the state's change reach the browser.
    taken: dict[str, Any] = SLOW | {"concurrency_id": "uploads", "js": "monoscope.forgetExample"}
    wire(upload.input, take, upload, [own_picture, upload, figure], figure, frame.jobs, **taken)


def _asked(frame: Frame, params: Params, own: Own) -> tuple[Atlas, SteerView, Picture]:
    """What an address asks for, and of which picture: its example, the visitor's own, or the first example.

    Raises:
        UserError: if there is no such atlas or neuron, or no model to steer.
    """
    atlas = frame.atlas(params, PATH)
    if not can_steer(atlas):
        raise VisitorError(text.STEER_NOT_THIS_ATLAS)
    if frame.steerers is None:
        raise VisitorError(text.STEER_NO_MODEL)
    view = read_steer(params, atlas)
    if own and not view.example:
        load, small = (partial(read, frame.uploads, own[0]) for read in (uploaded, view_of))
        return atlas, view, Picture(own[0], load, small, own=True)
    key = view.example or first_picture(atlas)
    if key != WHITE and key not in atlas.images:
        raise VisitorError(text.UNKNOWN_EXAMPLE)
    load = white if key == WHITE else partial(example, atlas, key)
    return atlas, view, Picture(key, load, load, own=False)


def _answers(frame: Frame, params: Params, own: Own) -> Iterator[str]:
    try:
        asked = _asked(frame, params, own)
    except UserError:
        yield ""  # `show` says why
        return
    assert frame.steerers is not None
    for so_far in answering(frame.steerers, *asked):
        yield answers(so_far)
