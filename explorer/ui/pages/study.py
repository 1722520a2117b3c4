"""Study: pairs of neurons to judge by eye, as in the paper's human study; and how far the answers agree with MS."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr
from markupsafe import Markup

from explorer.errors import UserError
from explorer.study.agreement import agreement
from explorer.study.desk import Choice, Desk, is_participant, new_participant
from explorer.ui import text
from explorer.ui.components.agreement_chart import agreement_chart, agreement_words
from explorer.ui.components.notice import empty, no_atlas, notice
from explorer.ui.components.study_pair import study_pair
from explorer.ui.frame import QUICK, Frame, address, html

PATH = "study"
KEPT_FROM_NO_ONE = "a random name"  # Gradio's own would change at every start, and participants with it
ONCE: dict[str, Any] = QUICK | {"trigger_mode": "once"}
Shown = tuple[int, float] | None  # number of the pair on the page, and when it came
_CHOICES: tuple[tuple[Choice, str, str], ...] = (
    ("left", "answer-1", text.STUDY_ANSWER_LEFT),
    ("right", "answer-2", text.STUDY_ANSWER_RIGHT),
    ("neither", "answer-3", text.STUDY_ANSWER_NEITHER),
)
_INTRO = Markup(
    '<section class="study-intro"><h1>{title}</h1><p>{intro}</p><p class="muted">{kept}</p>'
    '<p><a class="action" href="study?results=1">{results}</a></p></section>'
)
_THANKS = Markup(
    '<section class="study-intro"><h1>{title}</h1><p>{words}</p>'
    '<p><a class="action" href="study?results=1">{results}</a></p></section>'
)


def create(demo: gr.Blocks, frame: Frame) -> None:
    """Draw the page and wire it."""
    desk = frame.desk
    participant = gr.BrowserState("", storage_key="monoscope-participant", secret=KEPT_FROM_NO_ONE)
    shown = gr.State(None)
    top = html("top", frame.header(PATH))
    told = html("told")
    stage = html("stage", Markup('<div class="stage-space"></div>'))
    start = gr.Button(text.STUDY_START, elem_id="study-start", visible=False)
    with gr.Row(elem_id="answers", visible=False) as row:
        buttons = [gr.Button(words, elem_id=name, min_width=0) for _, name, words in _CHOICES]
    plot = gr.Plot(show_label=False, container=False, elem_id="agreement", visible=False)
    parts = [told, stage, start, row, plot, shown]

    def show(name: str, request: gr.Request) -> list[object]:
        params = address(request)
        return [frame.header(PATH, params), *_guarded(lambda: _results(desk) if params.get("results") else _next(frame, name))]

    def begin(name: str) -> list[object]:
        name = name if is_participant(name) else new_participant()
        return [name, *_guarded(lambda: _next(frame, name))]

    def answer(choice: Choice, name: str, shown: Shown) -> list[object]:
        def kept() -> list[object]:
            if is_participant(name) and shown is not None:
                desk.answer(name, shown[0], choice, time.time() - shown[1])
            return _next(frame, name)

        try:
            return kept()
        except UserError as error:  # the pair stays, and so do the buttons
            return [notice(f"{text.STUDY_NOT_KEPT} {error}"), *[gr.skip()] * (len(parts) - 1)]

    demo.load(show, participant, [top, *parts], **QUICK)
    start.click(begin, participant, [participant, *parts], **ONCE)
    for (choice, _, _), button in zip(_CHOICES, buttons, strict=True):
        button.click(partial(answer, choice), [participant, shown], parts, **ONCE)


def _next(frame: Frame, name: str) -> list[object]:
    """The welcome, the participant's next pair, or thanks.

    Raises:
        UserError: if answers cannot be read.
    """
    if not frame.library.atlases:
        return _said(no_atlas(frame.library.problems))
    if not frame.desk.study.pairs:
        return _said(empty(text.STUDY_NO_PAIRS, text.STUDY_NO_PAIRS_WHY))
    total = len(frame.desk.study.pairs)
    if not is_participant(name):
        intro = text.STUDY_INTRO.format(total=total)
        return _said(_INTRO.format(title=text.STUDY_TITLE, intro=intro, kept=text.STUDY_KEPT, results=text.STUDY_RESULTS), True)
    turn = frame.desk.turn(name)
    if turn.pair is None:
        own = frame.desk.store.answers(frame.desk.study.key).query("participant == @name")
        found = agreement(own).overall
        words = text.STUDY_OWN.format(share=round(100 * found.share), count=found.count) if found.count else text.STUDY_OWN_NONE
        return _said(_THANKS.format(title=text.STUDY_THANKS, words=words, results=text.STUDY_RESULTS))
    page = study_pair(frame.library, turn)
    return ["", page, gr.Button(visible=False), gr.Row(visible=True), gr.Plot(visible=False), (turn.pair.number, time.time())]


def _results(desk: Desk) -> list[object]:
    found = agreement(desk.store.answers(desk.study.key))
    if not found.answers:
        back = Markup('<p><a class="action" href="study">{}</a></p>').format(text.STUDY_BACK)
        return _said(empty(text.STUDY_RESULTS, text.STUDY_NOTHING_YET, back))
    return [*_said(agreement_words(found))[:4], gr.Plot(agreement_chart(found), visible=True), None]


def _said(words: str, start: bool = False) -> list[object]:
    """Words alone, with or without a way to begin."""
    return ["", words, gr.Button(visible=start), gr.Row(visible=False), gr.Plot(visible=False), None]


def _guarded(view: Callable[[], list[object]]) -> list[object]:
    try:
        return view()
    except UserError as error:
        return _said(notice(str(error)))
