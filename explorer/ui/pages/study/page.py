"""Study: pairs of neurons to judge by eye, as in the paper's human study; and how far the answers agree with MS."""

from functools import partial

import gradio as gr
from markupsafe import Markup

from explorer.study.threads import StudyThreads
from explorer.ui.address import address
from explorer.ui.context import Context
from explorer.ui.events import ONCE, QUICK, wire
from explorer.ui.pages.study import words
from explorer.ui.pages.study.presses import failed
from explorer.ui.pages.study.view import opened, results
from explorer.ui.parts.html import html

PATH = "study"
BROWSER_STATE_KEY = "a random name"  # no secret: fixed, since Gradio's own would change at every start, and participants with it
_CHOICES = (
    ("left", "answer-1", words.ANSWER_LEFT),
    ("right", "answer-2", words.ANSWER_RIGHT),
    ("neither", "answer-3", words.ANSWER_NEITHER),
)


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it: Gradio answers when it is opened, `routes/study_presses.py` when a button is pressed."""
    session, threads = context.session, StudyThreads()
    browser = gr.BrowserState("", storage_key="monoscope-participant", secret=BROWSER_STATE_KEY)
    top = html("top", context.header(PATH))
    told = html("told")
    stage = html("stage", Markup('<div class="stage-space"></div>'))
    start = gr.Button(words.START, elem_id="study-start", visible=False)
    with gr.Row(elem_id="answers", visible=False) as row:
        buttons = [gr.Button(said, elem_id=name, min_width=0) for _, name, said in _CHOICES]
    back = gr.Button(words.ANSWER_BACK, elem_id="answer-back", visible=False)
    with gr.Row(elem_id="resume", visible=False) as resume:
        typed = gr.Textbox(label=words.CODE_LABEL, elem_id="code", max_lines=1, max_length=20)
        going_on = gr.Button(words.GO_ON, elem_id="study-resume", min_width=0)
    plot = gr.Plot(show_label=False, container=False, elem_id="agreement", visible=False)
    parts = [told, stage, start, row, buttons[2], back, resume, plot]

    async def show(token: object, request: gr.Request) -> list[object]:
        """A coroutine: it holds none of Gradio's threads while it waits for the answers."""
        params = address(request)
        view = partial(results, session, params) if params.get("results") else partial(opened, context, token, params)
        try:
            shown = await threads.run(view)
        except Exception as error:
            shown = failed(error)
        return [context.header(PATH, params), *shown.parts]

    wire(demo.load, show, browser, [top, *parts], stage, context.jobs, **QUICK)
    pressed = ((start, "start"), (back, "back"), *zip(buttons, (choice for choice, *_ in _CHOICES), strict=True))
    for button, name in pressed:
        button.click(None, browser, [browser, *parts], js=f"(token) => monoscope.press('{name}', token)", **ONCE)
    resuming = "(token, code) => monoscope.press('resume', token, code)"
    gr.on([typed.submit, going_on.click], None, [browser, typed], [browser, *parts], js=resuming, **ONCE)
