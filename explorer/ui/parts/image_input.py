"""Where pictures come in: from a visitor's files, clipboard or camera; and what to say of one that is new to the atlas."""

import io
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.novelty import novelty_of
from explorer.atlas.picture_limits import Limits
from explorer.atlas.pictures import decode_picture
from explorer.errors import UserError, VisitorError
from explorer.ui import text
from explorer.ui.parts.image_figure import SIDE
from explorer.ui.uploads import Uploads


def image_input(name: str) -> gr.Image:
    """Gradio's image input, with the id `name`. It gives on the name of an upload, unopened: our own reader says what is wrong.

    The one method is replaced on the class: on the object it would be lost where Gradio makes a part anew that an answer changed,
    and a subclass would have it write a stub file into the source tree.
    """
    setattr(gr.Image, "preprocess", _name)  # noqa: B010  # a plain assignment is a type error
    sources: Any = ["upload", "clipboard", "webcam"]
    return gr.Image(elem_id=name, type="filepath", sources=sources, height=190, show_label=False, container=False, buttons=[])


def uploaded(uploads: Uploads, name: object) -> Image.Image:
    """A visitor's picture.

    Raises:
        UserError: if no upload has that name, or it is no picture, with the reason.
    """
    return decoded(uploads.read(name), uploads.pictures)


def decoded(data: bytes, limits: Limits) -> Image.Image:
    """A visitor's picture, from its file's bytes.

    Raises:
        UserError: if it is none, with the reason.
    """
    try:
        return decode_picture(data, limits)
    except UserError as error:
        raise VisitorError(text.BAD_PICTURE.format(reason=error.public or "it cannot be read")) from error


def keep_view(uploads: Uploads, name: str, image: Image.Image) -> tuple[int, int]:
    """Keep a small copy of a visitor's picture, for the page to be drawn with; gives its width and height."""
    small, packed = image.copy(), io.BytesIO()
    small.thumbnail((SIDE, SIDE))
    small.save(packed, "WEBP", quality=90)
    uploads.keep_view(name, packed.getvalue())
    return small.size


def view_of(uploads: Uploads, name: str) -> Image.Image:
    """The small copy of a visitor's picture.

    Raises:
        UserError: if the picture is gone.
    """
    return decode_picture(uploads.view(name))


def foreign(atlas: Atlas, image: Image.Image) -> list[str]:
    """What to say of a picture that is not of the kind the atlas was made from; nothing if it is."""
    return [] if novelty_of(atlas.images).is_familiar(image) else [text.FOREIGN]


def _name(_: gr.Image, payload: ImageData | None) -> str | None:
    return payload.path if payload else None
