"""About: what this is and how to read it, from assets/about.md."""

import gradio as gr

from explorer.shipped import shipped
from explorer.ui.address import address
from explorer.ui.context import Context
from explorer.ui.events import QUICK, wire
from explorer.ui.parts.html import html

PATH = "about"
TEXT = shipped("about.md")


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it."""
    top = html("top", context.header(PATH))
    gr.Markdown(TEXT.read_text(encoding="utf-8"), elem_id="about")

    def show(request: gr.Request) -> str:
        return context.header(PATH, address(request))

    wire(demo.load, show, None, top, None, context.jobs, **QUICK)
