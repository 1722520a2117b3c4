"""Study: pairs of neurons to judge by eye, as in the paper's human study; and how far the answers agree with MS."""

import time
from collections.abc import Callable
from functools import partial

import gradio as gr
from markupsafe import Markup

from explorer.errors import UserError
from explorer.study.analysis.agreement import agreement
from explorer.study.answers_file import BUSY, PAUSED
from explorer.study.session import Choice, NextPair, Session
from explorer.study.threads import StudyThreads
from explorer.ui.address import address
from explorer.ui.context import Context
from explorer.ui.events import ONCE, QUICK, sentence, wire
from explorer.ui.pages.study import words
from explorer.ui.pages.study.agreement_chart import agreement_chart, agreement_words
from explorer.ui.pages.study.pair import study_pair
from explorer.ui.parts.html import html
from explorer.ui.parts.notice import empty, no_atlas, notice
from explorer.ui.templates import render

PATH = "study"
BROWSER_STATE_KEY = "a random name"  # no secret: fixed, since Gradio's own would change at every start, and participants with it
Shown = tuple[int, float] | None  # number of the pair on the page, and when it came, in seconds of `time.monotonic`
View = Callable[[float], list[object]]  # what fills the page's parts; told until when it may wait for the answers
_CHOICES: tuple[tuple[Choice, str, str], ...] = (
    ("left", "answer-1", words.ANSWER_LEFT),
    ("right", "answer-2", words.ANSWER_RIGHT),
    ("neither", "answer-3", words.ANSWER_NEITHER),
)


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it. Handlers are coroutines: none holds one of Gradio's threads while it waits for the answers."""
    session, threads = context.session, StudyThreads()
    browser = gr.BrowserState("", storage_key="monoscope-participant", secret=BROWSER_STATE_KEY)
    shown = gr.State(None)
    top = html("top", context.header(PATH))
    told = html("told")
    stage = html("stage", Markup('<div class="stage-space"></div>'))
    start = gr.Button(words.START, elem_id="study-start", visible=False)
    with gr.Row(elem_id="answers", visible=False) as row:
        buttons = [gr.Button(words, elem_id=name, min_width=0) for _, name, words in _CHOICES]
    plot = gr.Plot(show_label=False, container=False, elem_id="agreement", visible=False)
    parts = [told, stage, start, row, plot, shown]

    async def show(token: object, request: gr.Request) -> list[object]:
        params = address(request)
        view = partial(_results, session) if params.get("results") else partial(_next, context, token)
        return [context.header(PATH, params), *await _run(threads, view)]

    async def begin(token: object) -> list[object]:
        def begun(until: float) -> list[object]:
            mine = token if session.participants.name(token) else session.participants.new_token()
            return [mine, *_next(context, mine, until)]

        return await _run(threads, begun, otherwise=lambda error: [gr.skip(), *_failed(error)])

    async def answer(choice: Choice, token: object, shown: Shown) -> list[object]:
        came = time.monotonic()

        def answered(until: float) -> list[object]:
            participant = session.participants.name(token)
            if participant is None or shown is None:
                return _next(context, token, until)
            current = session.answer(participant, shown[0], choice, came - shown[1], until)
            return _guarded(partial(_at, context, current), until)  # whatever comes of it, the answer is kept

        return await _run(threads, answered, otherwise=_not_kept)

    wire(demo.load, show, browser, [top, *parts], stage, context.jobs, **QUICK)
    wire(start.click, begin, browser, [browser, *parts], stage, context.jobs, **ONCE)
    for (choice, _, _), button in zip(_CHOICES, buttons, strict=True):
        wire(button.click, partial(answer, choice), [browser, shown], parts, told, context.jobs, **ONCE)


def _next(context: Context, token: object, until: float) -> list[object]:
    """The welcome, the participant's next pair, or thanks.

    Raises:
        UserError: if answers cannot be read.
    """
    session = context.session
    if not context.library.atlases:
        return _words_alone(no_atlas(context.library.problems))
    if not session.study.pairs:
        return _words_alone(empty(words.NO_PAIRS, words.NO_PAIRS_WHY))
    participant = session.participants.name(token)
    if participant is not None:
        return _at(context, session.next_pair(participant, until), until)
    with session.store.opened(until):  # nobody is asked to begin what could not be kept
        intro = words.INTRO.format(total=len(session.study.pairs))
    return _words_alone(render("pages/study/welcome.html", intro=intro, words=words), True)


def _at(context: Context, current: NextPair, until: float) -> list[object]:
    """The pair of a participant's turn, or thanks."""
    if current.pair is None:
        return _words_alone(_thanks(context.session, current.participant, until))
    page = study_pair(context.library, context.session, current)
    now = time.monotonic()
    return ["", page, gr.Button(visible=False), gr.Row(visible=True), gr.Plot(visible=False), (current.pair.number, now)]


def _thanks(session: Session, participant: str, until: float) -> Markup:
    results = agreement(session.answers(until).query("participant == @participant")).single
    outcome = words.OWN.format(share=round(100 * results.share), count=results.count) if results.count else words.OWN_NONE
    return render("pages/study/thanks.html", outcome=outcome, words=words)


def _results(session: Session, until: float) -> list[object]:
    results = agreement(session.answers(until))
    if not results.answers:
        back = Markup('<p><a class="action" href="study">{}</a></p>').format(words.BACK)
        return _words_alone(empty(words.RESULTS, words.NOTHING_YET, back))
    return [*_words_alone(agreement_words(results))[:4], gr.Plot(agreement_chart(results), visible=True), None]


def _words_alone(words: str, start: bool = False) -> list[object]:
    """Words alone, with or without a way to begin."""
    return ["", words, gr.Button(visible=start), gr.Row(visible=False), gr.Plot(visible=False), None]


def _failed(error: Exception) -> list[object]:
    return _words_alone(notice(_public(error)))


def _not_kept(error: Exception) -> list[object]:
    """The pair stays, and so do the buttons."""
    return [notice(f"{words.NOT_KEPT} {_public(error)}"), *[gr.skip()] * 5]


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
