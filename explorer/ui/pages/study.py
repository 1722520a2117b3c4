"""Study: pairs of neurons to judge by eye, as in the paper's human study; and how far the answers agree with MS."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import gradio as gr
from markupsafe import Markup

from explorer.errors import UserError
from explorer.study.agreement import agreement
from explorer.study.answers_file import BUSY, PAUSED
from explorer.study.desk import Choice, Desk, Turn
from explorer.study.threads import StudyThreads
from explorer.ui import text
from explorer.ui.components.agreement_chart import agreement_chart, agreement_words
from explorer.ui.components.notice import empty, no_atlas, notice
from explorer.ui.components.study_pair import study_pair
from explorer.ui.frame import QUICK, Frame, address, html
from explorer.ui.handlers import sentence, wire

PATH = "study"
BROWSER_STATE_KEY = "a random name"  # no secret: fixed, since Gradio's own would change at every start, and participants with it
ONCE: dict[str, Any] = QUICK | {"trigger_mode": "once"}
Shown = tuple[int, float] | None  # number of the pair on the page, and when it came, in seconds of `time.monotonic`
View = Callable[[float], list[object]]  # what fills the page's parts; told until when it may wait for the answers
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
    """Draw the page and wire it. Handlers are coroutines: none holds one of Gradio's threads while it waits for the answers."""
    desk, threads = frame.desk, StudyThreads()
    browser = gr.BrowserState("", storage_key="monoscope-participant", secret=BROWSER_STATE_KEY)
    shown = gr.State(None)
    top = html("top", frame.header(PATH))
    told = html("told")
    stage = html("stage", Markup('<div class="stage-space"></div>'))
    start = gr.Button(text.STUDY_START, elem_id="study-start", visible=False)
    with gr.Row(elem_id="answers", visible=False) as row:
        buttons = [gr.Button(words, elem_id=name, min_width=0) for _, name, words in _CHOICES]
    plot = gr.Plot(show_label=False, container=False, elem_id="agreement", visible=False)
    parts = [told, stage, start, row, plot, shown]

    async def show(token: object, request: gr.Request) -> list[object]:
        params = address(request)
        view = partial(_results, desk) if params.get("results") else partial(_next, frame, token)
        return [frame.header(PATH, params), *await _run(threads, view)]

    async def begin(token: object) -> list[object]:
        def begun(until: float) -> list[object]:
            mine = token if desk.participants.name(token) else desk.participants.new_token()
            return [mine, *_next(frame, mine, until)]

        return await _run(threads, begun, otherwise=lambda error: [gr.skip(), *_failed(error)])

    async def answer(choice: Choice, token: object, shown: Shown) -> list[object]:
        came = time.monotonic()

        def answered(until: float) -> list[object]:
            participant = desk.participants.name(token)
            if participant is None or shown is None:
                return _next(frame, token, until)
            turn = desk.answer(participant, shown[0], choice, came - shown[1], until)
            return _guarded(partial(_at, frame, turn), until)  # whatever comes of it, the answer is kept

        return await _run(threads, answered, otherwise=_not_kept)

    wire(demo.load, show, browser, [top, *parts], stage, frame.jobs, **QUICK)
    wire(start.click, begin, browser, [browser, *parts], stage, frame.jobs, **ONCE)
    for (choice, _, _), button in zip(_CHOICES, buttons, strict=True):
        wire(button.click, partial(answer, choice), [browser, shown], parts, told, frame.jobs, **ONCE)


def _next(frame: Frame, token: object, until: float) -> list[object]:
    """The welcome, the participant's next pair, or thanks.

    Raises:
        UserError: if answers cannot be read.
    """
    desk = frame.desk
    if not frame.library.atlases:
        return _said(no_atlas(frame.library.problems))
    if not desk.study.pairs:
        return _said(empty(text.STUDY_NO_PAIRS, text.STUDY_NO_PAIRS_WHY))
    participant = desk.participants.name(token)
    if participant is not None:
        return _at(frame, desk.turn(participant, until), until)
    with desk.store.opened(until):  # nobody is asked to begin what could not be kept
        intro = text.STUDY_INTRO.format(total=len(desk.study.pairs))
    return _said(_INTRO.format(title=text.STUDY_TITLE, intro=intro, kept=text.STUDY_KEPT, results=text.STUDY_RESULTS), True)


def _at(frame: Frame, turn: Turn, until: float) -> list[object]:
    """The pair of a participant's turn, or thanks."""
    if turn.pair is None:
        return _said(_thanks(frame.desk, turn.participant, until))
    page = study_pair(frame.library, frame.desk, turn)
    now = time.monotonic()
    return ["", page, gr.Button(visible=False), gr.Row(visible=True), gr.Plot(visible=False), (turn.pair.number, now)]


def _thanks(desk: Desk, participant: str, until: float) -> Markup:
    found = agreement(desk.answers(until).query("participant == @participant")).overall
    words = text.STUDY_OWN.format(share=round(100 * found.share), count=found.count) if found.count else text.STUDY_OWN_NONE
    return _THANKS.format(title=text.STUDY_THANKS, words=words, results=text.STUDY_RESULTS)


def _results(desk: Desk, until: float) -> list[object]:
    found = agreement(desk.answers(until))
    if not found.answers:
        back = Markup('<p><a class="action" href="study">{}</a></p>').format(text.STUDY_BACK)
        return _said(empty(text.STUDY_RESULTS, text.STUDY_NOTHING_YET, back))
    return [*_said(agreement_words(found))[:4], gr.Plot(agreement_chart(found), visible=True), None]


def _said(words: str, start: bool = False) -> list[object]:
    """Words alone, with or without a way to begin."""
    return ["", words, gr.Button(visible=start), gr.Row(visible=False), gr.Plot(visible=False), None]


def _failed(error: Exception) -> list[object]:
    return _said(notice(_public(error)))


def _not_kept(error: Exception) -> list[object]:
    """The pair stays, and so do the buttons."""
    return [notice(f"{text.STUDY_NOT_KEPT} {_public(error)}"), *[gr.skip()] * 5]


def _public(error: Exception) -> str:
    """What a visitor may read; that the answers are out of reach has been noted, once for all visitors."""
    return error.public if isinstance(error, UserError) and error.public in (PAUSED, BUSY) else sentence(error)


async def _run(threads: StudyThreads, view: View, otherwise: Callable[[Exception], list[object]] = _failed) -> list[object]:
    try:
        return await threads.run(view)
    except Exception as error:
        return otherwise(error)


def _guarded(view: View, until: float) -> list[object]:
    try:
        return view(until)
    except Exception as error:
        return _failed(error)
