"""Where pictures come in: a visitor's file, clipboard or camera, or an example of the atlas."""

from typing import Any

import gradio as gr
from gradio.data_classes import ImageData
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture, open_picture
from explorer.atlas.world import world_of
from explorer.errors import UserError, VisitorError
from explorer.ui import text


def picture_input(name: str) -> gr.Image:
    """Gradio's image input, with the id `name`, given on as a path unopened: our own reader says what is wrong with a picture.

    The one method is replaced on the object, for Gradio writes a stub file into the source tree for every subclass.
    """
    sources: Any = ["upload", "clipboard", "webcam"]
    picture = gr.Image(elem_id=name, type="filepath", sources=sources, height=190, show_label=False, container=False, buttons=[])
    setattr(picture, "preprocess", _path)  # noqa: B010  # a plain assignment is a type error
    return picture


def uploaded(path: str) -> Image.Image:
    """The picture in a visitor's file.

    Raises:
        UserError: if it is none, with the reason.
    """
    try:
        return open_picture(path)
    except UserError as error:
        raise VisitorError(text.BAD_PICTURE.format(reason=error)) from error


def foreign(atlas: Atlas, image: Image.Image) -> list[str]:
    """What to say of a picture that is not of the kind the atlas was made from; nothing if it is."""
    return [] if world_of(atlas.images).holds(image) else [text.FOREIGN]


def example(atlas: Atlas, image: str) -> Image.Image:
    """One of the atlas's own pictures, by content hash.

    Raises:
        UserError: if the atlas does not have it.
    """
    data = atlas.images.thumbnail(image)
    if data is None:
        raise VisitorError(text.UNKNOWN_EXAMPLE)
    return decode_picture(data)


def _path(payload: ImageData | None) -> str | None:
    return payload.path if payload else None
