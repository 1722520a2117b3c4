"""Image: a picture in, the neurons that fire on it out, strongest first. The picture is kept nowhere."""

import io
import logging
from collections.abc import Iterator

import gradio as gr
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture, open_picture
from explorer.errors import UserError
from explorer.ui import text
from explorer.ui.components.fired import fired_list, picture_figure
from explorer.ui.components.image_intro import examples, intro
from explorer.ui.components.notice import no_atlas, notice
from explorer.ui.components.picture_input import PictureInput
from explorer.ui.components.skeleton import FIRED
from explorer.ui.frame import QUICK, Frame, address, html
from explorer.ui.view import Params

PATH = "image"
SHOWN = 24  # neurons
MODEL_QUEUE = "models"  # one picture at a time, whatever the page: encoders share one processor
log = logging.getLogger(__name__)


def create(demo: gr.Blocks, frame: Frame) -> None:
    """Draw the page and wire it."""
    top = html("top", frame.header(PATH))
    head = html("image-intro", intro())
    with gr.Row(elem_id="image-columns", equal_height=False):
        with gr.Column(elem_id="image-left", min_width=0):
            upload = PictureInput(elem_id="upload")
            figure = html("picture")
            shown = html("examples", listens=True)
        with gr.Column(elem_id="image-right", min_width=0):
            fired = html("fired")

    def show(request: gr.Request) -> tuple[object, ...]:
        params = address(request)
        top = frame.header(PATH, params)
        try:
            atlas = _atlas(frame, params)
        except UserError as error:
            said = notice(str(error)) if frame.library.atlases else no_atlas(frame.library.problems)
            return top, said, "", gr.Image(visible=False)
        return top, intro(), examples(atlas, params.get("example", "")), gr.Image(visible=True)

    def read_upload(path: str | None, request: gr.Request) -> Iterator[tuple[object, ...]]:
        if path is None:
            return
        yield from ((*parts, None) for parts in _read(frame, address(request), lambda _: open_picture(path)))

    def read_example(request: gr.Request) -> Iterator[tuple[str, str]]:
        params = address(request)
        if params.get("example"):
            yield from _read(frame, params, lambda atlas: _example(atlas, params["example"]))

    slow = {"show_progress": "hidden", "concurrency_id": MODEL_QUEUE, "concurrency_limit": 1, "api_visibility": "private"}
    for event in (demo.load, shown.submit):
        event(show, None, [top, head, shown, upload], **QUICK)
        event(read_example, None, [figure, fired], **slow)
    upload.input(read_upload, upload, [figure, fired, upload], **slow)


def _atlas(frame: Frame, params: Params) -> Atlas:
    atlas = frame.atlas(params)
    if atlas.manifest.encoder.library == "none":
        raise UserError(text.NO_ENCODER)
    return atlas


def _read(frame: Frame, params: Params, get) -> Iterator[tuple[str, str]]:  # type: ignore[no-untyped-def]
    raise NotImplementedError


def _example(atlas: Atlas, image: str) -> Image.Image:
    data = atlas.images.thumbnail(image)
    if data is None:
        raise UserError(text.UNKNOWN_EXAMPLE)
    return decode_picture(data)


_ = io
