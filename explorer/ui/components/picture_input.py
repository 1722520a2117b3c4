"""Where a visitor's picture comes in: a file, the clipboard or a camera."""

from typing import Any

import gradio as gr
from gradio.data_classes import ImageData


def picture_input(name: str) -> gr.Image:
    """Gradio's image input, with the id `name`, given on as a path unopened: our own reader says what is wrong with a picture.

    The one method is replaced on the object, for Gradio writes a stub file into the source tree for every subclass.
    """
    sources: Any = ["upload", "clipboard", "webcam"]
    picture = gr.Image(elem_id=name, type="filepath", sources=sources, height=190, show_label=False, container=False, buttons=[])
    setattr(picture, "preprocess", _path)  # noqa: B010  # a plain assignment is a type error
    return picture


def _path(payload: ImageData | None) -> str | None:
    return payload.path if payload else None
