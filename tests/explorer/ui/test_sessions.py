"""What is kept of an open page: what its visitor gave, and nothing of what it shows."""

from io import BytesIO

import gradio as gr
from PIL import Image

from explorer.ui.sessions import SmallSession
from tests.explorer.ui.pages.image.test_view import answer, jobs
from tests.serving import Served


def test_a_session_keeps_states_and_neither_parts_nor_what_they_show():
    with gr.Blocks() as demo:
        shown, given = gr.HTML("first"), gr.State(None)
    session = SmallSession(demo)
    session[shown._id] = gr.HTML("other", render=False)
    session[given._id] = "a picture"
    session._update_value_in_config(shown._id, "drawn")
    assert session[shown._id] is shown
    assert session[given._id] == "a picture"
    assert list(session.components) == []


def test_a_page_takes_one_picture_after_another(site: Served):
    (_, take, *_) = jobs(site, "input")
    for colour in ("red", "teal", "white"):
        Image.new("RGB", (64, 48), colour).save(picture := BytesIO(), "PNG")
        name = site.upload(picture.getvalue())
        assert "fired-row" in answer(site, take, [{"path": name}, None], "atlas=patches", "one-after-another")
