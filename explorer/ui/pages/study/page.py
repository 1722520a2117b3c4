"""Study: pairs of neurons to judge by eye, as in the paper's human study; and how far the answers agree with MS."""

from collections.abc import Callable, Mapping
from functools import partial

import gradio as gr
from markupsafe import Markup

from explorer.errors import UserError, VisitorError
from explorer.study.answers_file import BUSY, PAUSED
from explorer.study.participants import Participants
from explorer.study.session import Choice, Place
from explorer.study.threads import StudyThreads
from explorer.ui.address import address
from explorer.ui.context import Context
from explorer.ui.events import ONCE, QUICK, sentence, wire
from explorer.ui.metrics import STUDY_ANSWERS
from explorer.ui.pages.study import words
from explorer.ui.pages.study.view import Shown, results, shown_at, welcome
from explorer.ui.parts.html import html
from explorer.ui.parts.notice import empty, no_atlas, notice

PATH = "study"
BROWSER_STATE_KEY = "a random name"  # no secret: fixed, since Gradio's own would change at every start, and participants with it
View = Callable[[float], Shown]  # what the page shows; told until when it may wait for the answers
_CHOICES: tuple[tuple[Choice, str, str], ...] = (
    ("left", "answer-1", words.ANSWER_LEFT),
    ("right", "answer-2", words.ANSWER_RIGHT),
    ("neither", "answer-3", words.ANSWER_NEITHER),
)


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it. Handlers are coroutines: none holds one of Gradio's threads while it waits for the answers."""
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
    ticket, took = gr.Textbox(visible=False), gr.Textbox(visible=False)  # filled by assets/js when an answer is pressed
    plot = gr.Plot(show_label=False, container=False, elem_id="agreement", visible=False)
    parts = [told, stage, start, row, buttons[2], back, resume, plot]

    def drawn(shown: Shown) -> list[object]:
        texts = [shown.told, shown.stage]
        seen = (shown.start, shown.answers, shown.neither, shown.back, shown.start)
        kinds = (gr.Button, gr.Row, gr.Button, gr.Button, gr.Row)
        return [*texts, *(kind(visible=is_seen) for kind, is_seen in zip(kinds, seen, strict=True)), shown.plot]

    async def run(view: View, otherwise: Callable[[Exception], list[object]]) -> list[object]:
        try:
            return drawn(await threads.run(view))
        except Exception as error:
            return otherwise(error)

    def failed(error: Exception) -> list[object]:
        return drawn(Shown(notice(_public(error))))

    def not_kept(error: Exception) -> list[object]:
        """The pair stays, and so do the buttons."""
        return [notice(f"{words.NOT_KEPT} {_public(error)}"), *[gr.skip()] * (len(parts) - 1)]

    async def show(token: object, request: gr.Request) -> list[object]:
        params = address(request)
        view = partial(results, session, params) if params.get("results") else partial(_opened, context, token, params)
        return [context.header(PATH, params), *await run(view, failed)]

    async def begin(token: object, request: gr.Request) -> list[object]:
        params = address(request)
        kept: list[object] = [gr.skip()]

        def begun(until: float) -> Shown:
            found = session.find(params.get("study", ""), until)
            if found is None:
                raise VisitorError(words.NO_PAIRS)
            if refused := session.why_not(*found):
                raise VisitorError(refused)
            mine, code = _token(session.participants, token, params, found[0].name)
            kept[0] = mine
            place = session.begin(found[0], session.participants.name(mine) or "", until)
            return shown_at(session, place, until, told=code)

        shown = await run(begun, failed)
        return [kept[0], *shown]

    def answering(choice: Choice) -> Callable[..., object]:
        async def answer(token: object, ticket: object, took: object, request: gr.Request) -> list[object]:
            params = address(request)

            def answered(until: float) -> Shown:
                participant = session.participants.name(token)
                place = participant and session.answer(participant, str(ticket)[:64], choice, _milliseconds(took), until)
                if not place:
                    return _opened(context, token, params, until)
                STUDY_ANSWERS.inc()
                try:
                    return shown_at(session, place, until)
                except Exception as error:  # the answer is kept, whatever comes of showing the next pair
                    return Shown(notice(_public(error)))

            return await run(answered, not_kept)

        return answer

    async def go_back(token: object, request: gr.Request) -> list[object]:
        params = address(request)

        def gone_back(until: float) -> Shown:
            found, participant = session.find(params.get("study", ""), until), session.participants.name(token)
            place = session.back(found[0], participant, until) if found and participant else None
            return shown_at(session, place, until) if place else _opened(context, token, params, until)

        return await run(gone_back, failed)

    async def go_on(code: object, request: gr.Request) -> list[object]:
        params = address(request)
        kept: list[object] = [gr.skip()]

        def gone_on(until: float) -> Shown:
            mine = session.participants.token_of_code(code)
            found, name = session.find(params.get("study", ""), until), session.participants.name(mine)
            place = session.place(found[0], name, until) if found and name else None
            if place is None:
                return welcome(session, found[0], until, told=notice(words.NO_SUCH_CODE)) if found else Shown("")
            kept[0] = mine
            return shown_at(session, place, until)

        shown = await run(gone_on, failed)
        return [kept[0], *shown]

    wire(demo.load, show, browser, [top, *parts], stage, context.jobs, **QUICK)
    wire(start.click, begin, browser, [browser, *parts], stage, context.jobs, **ONCE)
    wire([typed.submit, going_on.click], go_on, typed, [browser, *parts], stage, context.jobs, **ONCE)
    for (choice, _, _), button in zip(_CHOICES, buttons, strict=True):
        given = [browser, ticket, took]
        wire(button.click, answering(choice), given, parts, told, context.jobs, **ONCE, js="monoscope.answered")
    wire(back.click, go_back, browser, parts, stage, context.jobs, **ONCE)


def _opened(context: Context, token: object, params: Mapping[str, str], until: float) -> Shown:
    """The welcome, the participant's next pair, or thanks.

    Raises:
        UserError: if answers cannot be read.
    """
    session = context.session
    if not session.library.atlases:
        return Shown(no_atlas(context.library.problems))
    found = session.find(params.get("study", ""), until)
    if found is None:
        return Shown(empty(words.NO_PAIRS, words.NO_PAIRS_WHY))
    study, state = found
    if refused := session.why_not(study, state):
        return Shown(empty(words.TITLE, refused, words.results_link(study.name)))
    prolific = session.participants.token_of_prolific(study.name, params.get("PROLIFIC_PID"))
    participant = session.participants.name(prolific or token)
    place: Place | None = session.place(study, participant, until) if participant else None
    return shown_at(session, place, until) if place else welcome(session, study, until)


def _token(participants: Participants, token: object, params: Mapping[str, str], study: str) -> tuple[str, str]:
    """Who begins: the one in a Prolific link, the one that the browser knows, or a new one; and what to tell a new one."""
    if prolific := participants.token_of_prolific(study, params.get("PROLIFIC_PID")):
        return prolific, ""
    if isinstance(token, str) and participants.name(token):
        return token, ""
    code = participants.new_code()
    return str(participants.token_of_code(code)), words.personal_code(code)


def _milliseconds(took: object) -> float | None:
    return float(took) if isinstance(took, str) and took.isascii() and took.isdecimal() and len(took) < 9 else None


def _public(error: Exception) -> str:
    """What a visitor may read; that the answers are out of reach has been noted, once for all visitors."""
    return error.public if isinstance(error, UserError) and error.public in (PAUSED, BUSY) else sentence(error)
