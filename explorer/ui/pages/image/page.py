"""Image: a picture in, the neurons that fire on it out; of a region of it, or beside those of a second picture."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr
from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.errors import UserError, VisitorError
from explorer.operations.contrast import contrast
from explorer.operations.images import NamedImage
from explorer.operations.read import patch_grid, read
from explorer.ui import text
from explorer.ui.address import Params, address
from explorer.ui.context import Context
from explorer.ui.events import QUICK, SLOW, SLOW_LAST, sentence, wire
from explorer.ui.pages.image import words
from explorer.ui.pages.image.figures import below, figures
from explorer.ui.pages.image.fired import SKELETON, contrast_list, fired_list
from explorer.ui.pages.image.intro import examples, intro, second_examples
from explorer.ui.pages.image.pictures import Own, Picture, keep, pictures
from explorer.ui.pages.image.tools import tools
from explorer.ui.pages.image.view import PATH, ImageView, read_view
from explorer.ui.parts.html import html
from explorer.ui.parts.image_input import image_input
from explorer.ui.parts.notice import no_atlas, notice

Owns = tuple[Own | None, Own | None]  # the visitor's first picture and the second
Parts = tuple[Any, Any, Any, Any]  # the pictures, what is below them, the form, the neurons


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it."""
    own, second_own = gr.State(None), gr.State(None)
    top = html("top", context.header(PATH))
    head = html("image-intro", intro())
    with gr.Row(elem_id="image-columns", equal_height=False):
        with gr.Column(elem_id="image-left", min_width=0):
            figure = html("picture")
            under = html("below-picture")
            with gr.Column(elem_id="picker", min_width=0) as picker:
                upload = image_input("upload")
                shown = html("examples", listens=True)
            with gr.Column(elem_id="second-picker", min_width=0):
                second_upload = image_input("second-upload")
                second_shown = html("second-examples")
        with gr.Column(elem_id="image-right", min_width=0):
            form = html("image-tools")
            fired = html("fired")

    def show(request: gr.Request) -> tuple[object, ...]:
        params = address(request)
        top = context.header(PATH, params)
        try:
            atlas = _atlas(context, params)
        except UserError as error:
            reason = notice(sentence(error)) if context.library.atlases else no_atlas(context.library.problems)
            return top, reason, "", "", gr.Column(visible=False)
        view = read_view(params, atlas)
        return top, intro(), examples(atlas, view.example), second_examples(atlas, view.second), gr.Column(visible=True)

    def read_pictures(own: Own | None, second: Own | None, request: gr.Request) -> Iterator[Parts]:
        yield from _parts(context, address(request), (own, second))

    def rank(own: Own | None, second: Own | None, request: gr.Request) -> Iterator[Markup]:
        atlas, view, shown = _asked(context, address(request), (own, second))
        yield _neurons(context, atlas, view, shown)

    def take(name: str | None, second: Own | None, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        if name is not None:
            yield from _taken(context, address(request), name, lambda new: (new, second))

    def take_second(name: str | None, first: Own | None, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        if name is not None:
            yield from _taken(context, address(request), name, lambda new: (first, new))

    parts, owns = [figure, under, form, fired], [own, second_own]
    for event in (demo.load, shown.submit):
        wire(event, show, None, [top, head, shown, second_shown, picker], head, context.jobs, **QUICK)
        wire(event, read_pictures, owns, parts, fired, context.jobs, **SLOW)
    wire(shown.input, rank, owns, fired, fired, context.jobs, **SLOW_LAST)
    first_of, second_of = [own, upload, *parts], [second_own, second_upload, *parts]
    wire(upload.input, take, [upload, second_own], first_of, fired, context.jobs, **SLOW, js="monoscope.forgetExample")
    wire(
        second_upload.input, take_second, [second_upload, own], second_of, fired, context.jobs, **SLOW, js="monoscope.takeSecond"
    )


def _atlas(context: Context, params: Params) -> Atlas:
    atlas = context.atlas(params, PATH)
    if atlas.manifest.encoder.library == "none":
        raise VisitorError(text.NO_ENCODER)
    return atlas


def _asked(context: Context, params: Params, own: Owns) -> tuple[Atlas, ImageView, list[Picture]]:
    """What an address asks for, and of which pictures.

    Raises:
        UserError: if there is no such atlas or picture.
    """
    atlas = _atlas(context, params)
    view = read_view(params, atlas)
    return atlas, view, pictures(context.uploads, atlas, view, own)


def _taken(context: Context, params: Params, name: str, with_it: Callable[[Own], Owns]) -> Iterator[tuple[Any, ...]]:
    """Keep an upload that can be used, empty the place for the next, and read it.

    Raises:
        UserError: if it is no picture, or cannot be read.
    """
    new, image = keep(context.uploads, _atlas(context, params), name)
    for number, parts in enumerate(_parts(context, params, with_it(new), NamedImage(name, lambda: image))):
        yield (gr.skip() if number else new, gr.skip() if number else None, *parts)


def _parts(context: Context, params: Params, own: Owns, fresh: NamedImage | None = None) -> Iterator[Parts]:
    """First the pictures with a skeleton of the neurons, then those; nothing where there is no picture.

    Args:
        fresh: a picture that is unpacked already.

    Raises:
        UserError: if a picture cannot be read, or what reads it cannot be loaded.
    """
    atlas, view, shown = _asked(context, params, own)
    if not shown:
        yield "", "", "", ""
        return
    if fresh:
        shown = [one._replace(image=fresh) if one.image == fresh else one for one in shown]
    loading = "" if context.pool.can_read_now(atlas) else notice(words.LOADING)
    under, grid = below(context.library, atlas, view, len(shown) > 1), patch_grid(context.pool, atlas)
    yield figures(atlas, shown, grid), under, tools(atlas, view), loading + SKELETON
    neurons, found = _neurons(context, atlas, view, shown), patch_grid(context.pool, atlas)
    yield gr.skip() if found == grid else figures(atlas, shown, found), gr.skip(), gr.skip(), neurons


def _neurons(context: Context, atlas: Atlas, view: ImageView, shown: Sequence[Picture]) -> Markup:
    """The neurons of the picture, or of both; above them what there is to know before they are believed."""
    notes = Markup("").join(notice(note) for note in dict.fromkeys(note for one in shown for note in one.notes))
    if len(shown) > 1:
        return notes + contrast_list(atlas, contrast(context.pool, atlas, shown[0].image, shown[1].image, order=view.order))
    if not shown:
        return Markup("")
    reading = read(context.pool, atlas, shown[0].image, order=view.order, region=view.region)
    return notes + fired_list(atlas, reading, view.region, patch_grid(context.pool, atlas))
