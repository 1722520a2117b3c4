"""About: what this is and how to read it, from assets/about.md."""

from pathlib import Path

import gradio as gr

from explorer.ui.frame import QUICK, Frame, address, html
from explorer.ui.handlers import wire

PATH = "about"
TEXT = Path(__file__).parents[3] / "assets" / "about.md"


def create(demo: gr.Blocks, frame: Frame) -> None:
    """Draw the page and wire it."""
    top = html("top", frame.header(PATH))
    gr.Markdown(TEXT.read_text(encoding="utf-8"), elem_id="about")

    def show(request: gr.Request) -> str:
        return frame.header(PATH, address(request))

    wire(demo.load, show, None, top, None, frame.jobs, **QUICK)
