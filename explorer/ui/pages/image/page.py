"""Image: a picture in, the neurons that fire on it out, strongest first."""

from collections.abc import Callable, Iterator

import gradio as gr
from markupsafe import Markup
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError, VisitorError
from explorer.operations.images import named
from explorer.operations.read import read
from explorer.ui import text
from explorer.ui.address import Params, address
from explorer.ui.context import Context
from explorer.ui.events import QUICK, SLOW, sentence, wire
from explorer.ui.pages.image import words
from explorer.ui.pages.image.fired import SKELETON, fired_list
from explorer.ui.pages.image.intro import examples, intro
from explorer.ui.parts.examples import example
from explorer.ui.parts.html import html
from explorer.ui.parts.image_figure import image_figure
from explorer.ui.parts.image_input import foreign, image_input, uploaded
from explorer.ui.parts.notice import no_atlas, notice

PATH = "image"


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it."""
    top = html("top", context.header(PATH))
    head = html("image-intro", intro())
    with gr.Row(elem_id="image-columns", equal_height=False):
        with gr.Column(elem_id="image-left", min_width=0):
            with gr.Column(min_width=0) as drop:
                upload = image_input("upload")
            shown = html("examples", listens=True)
            figure = html("picture")
        with gr.Column(elem_id="image-right", min_width=0):
            fired = html("fired")

    def show(request: gr.Request) -> tuple[object, ...]:
        params = address(request)
        top = context.header(PATH, params)
        try:
            atlas = _atlas(context, params)
        except UserError as error:
            reason = notice(sentence(error)) if context.library.atlases else no_atlas(context.library.problems)
            return top, reason, "", gr.Column(visible=False)
        return top, intro(), examples(atlas, params.get("example", "")), gr.Column(visible=True)

    def read_upload(name: str | None, request: gr.Request) -> Iterator[tuple[object, ...]]:
        if name is None:
            return
        yield from ((*parts, None) for parts in _read(context, address(request), lambda _: uploaded(context.uploads, name), True))

    def read_example(request: gr.Request) -> Iterator[tuple[object, str]]:
        params = address(request)
        if params.get("example"):
            yield from _read(context, params, lambda atlas: example(atlas, params["example"]))

    for event in (demo.load, shown.submit):
        wire(event, show, None, [top, head, shown, drop], head, context.jobs, **QUICK)
        wire(event, read_example, None, [figure, fired], fired, context.jobs, **SLOW)
    wire(upload.input, read_upload, upload, [figure, fired, upload], fired, context.jobs, **SLOW, js="monoscope.forgetExample")


def _atlas(context: Context, params: Params) -> Atlas:
    atlas = context.atlas(params, PATH)
    if atlas.manifest.encoder.library == "none":
        raise VisitorError(text.NO_ENCODER)
    return atlas


def _read(
    context: Context, params: Params, load: Callable[[Atlas], Image.Image], own: bool = False
) -> Iterator[tuple[object, str]]:
    """First a skeleton, with the picture where the encoder must be loaded first; then the picture and its neurons.

    Raises:
        UserError: if the picture cannot be read, or what reads it cannot be loaded.
    """
    atlas = _atlas(context, params)
    image = load(atlas)
    if context.pool.can_read_now(atlas):
        yield gr.skip(), SKELETON
    else:
        yield image_figure(image), notice(words.LOADING) + SKELETON
    reading = read(context.pool, atlas, named(image))
    reason = Markup("").join(map(notice, foreign(atlas, image) if own else []))
    yield image_figure(image, reading.neurons, reading.crop), reason + fired_list(atlas, reading.neurons)
