"""A part of a page that is drawn by our own functions."""

import gradio as gr


def html(name: str, value: str = "", listens: bool = False) -> gr.HTML:
    """The part.

    Args:
        name: its id on the page.
        value: shown until the first answer: a skeleton of the same size.
        listens: its `input` and `submit` events fire when the address changes in place, see assets/js.
    """
    script = f"monoscope.part(element, watch, {'trigger' if listens else 'null'});"
    return gr.HTML(value, elem_id=name, elem_classes="part", apply_default_css=False, js_on_load=script)
