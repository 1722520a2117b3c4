"""Image: a picture in, the neurons that fire on it out, strongest first."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from markupsafe import Markup
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError, VisitorError
from explorer.ui import text
from explorer.ui.components.fired import fired_list, fired_skeleton, picture_figure
from explorer.ui.components.image_intro import examples, intro
from explorer.ui.components.notice import no_atlas, notice
from explorer.ui.components.picture_input import example, foreign, picture_input, uploaded
from explorer.ui.frame import QUICK, SLOW, Frame, address, html
from explorer.ui.handlers import sentence, wire
from explorer.ui.view import Params

PATH = "image"
SHOWN = 24  # neurons


def create(demo: gr.Blocks, frame: Frame) -> None:
    """Draw the page and wire it."""
    top = html("top", frame.header(PATH))
    head = html("image-intro", intro())
    with gr.Row(elem_id="image-columns", equal_height=False):
        with gr.Column(elem_id="image-left", min_width=0):
            with gr.Column(min_width=0) as drop:
                upload = picture_input("upload")
            shown = html("examples", listens=True)
            figure = html("picture")
        with gr.Column(elem_id="image-right", min_width=0):
            fired = html("fired")

    def show(request: gr.Request) -> tuple[object, ...]:
        params = address(request)
        top = frame.header(PATH, params)
        try:
            atlas = _atlas(frame, params)
        except UserError as error:
            said = notice(sentence(error)) if frame.library.atlases else no_atlas(frame.library.problems)
            return top, said, "", gr.Column(visible=False)
        return top, intro(), examples(atlas, params.get("example", "")), gr.Column(visible=True)

    def read_upload(name: str | None, request: gr.Request) -> Iterator[tuple[object, ...]]:
        if name is None:
            return
        yield from ((*parts, None) for parts in _read(frame, address(request), lambda _: uploaded(frame.uploads, name), True))

    def read_example(request: gr.Request) -> Iterator[tuple[str, str]]:
        params = address(request)
        if params.get("example"):
            yield from _read(frame, params, lambda atlas: example(atlas, params["example"]))

    for event in (demo.load, shown.submit):
        wire(event, show, None, [top, head, shown, drop], head, frame.jobs, **QUICK)
        wire(event, read_example, None, [figure, fired], fired, frame.jobs, **SLOW)
    own: dict[str, Any] = SLOW | {"js": "monoscope.forgetExample"}
    wire(upload.input, read_upload, upload, [figure, fired, upload], fired, frame.jobs, **own)


def _atlas(frame: Frame, params: Params) -> Atlas:
    atlas = frame.atlas(params, PATH)
    if atlas.manifest.encoder.library == "none":
        raise VisitorError(text.NO_ENCODER)
    return atlas


def _read(frame: Frame, params: Params, picture: Callable[[Atlas], Image.Image], own: bool = False) -> Iterator[tuple[str, str]]:
    """First a skeleton, then the picture and its neurons.

    Raises:
        UserError: if the picture cannot be read, or what reads it cannot be loaded.
    """
    atlas = _atlas(frame, params)
    image = picture(atlas)
    yield picture_figure(image), fired_skeleton("" if frame.firings.ready(atlas) else text.IMAGE_LOADING)
    firing = frame.firings.of(atlas)
    found = firing.fired(image, SHOWN)
    said = Markup("").join(map(notice, foreign(atlas, image) if own else []))
    yield picture_figure(image, found, firing.crop), said + fired_list(atlas, found)
