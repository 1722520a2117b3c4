"""Researcher: all studies and how far they are, results, downloads; create, open, pause and close; behind a password."""

from collections.abc import Callable
from typing import Any, NamedTuple

import gradio as gr
from markupsafe import Markup
from sqlalchemy import Connection

from explorer.errors import VisitorError
from explorer.study.drafting import drawn
from explorer.study.session import Session
from explorer.study.studies import State, create_study, listed, progress, read_study, set_state
from explorer.study.threads import StudyThreads
from explorer.ui.address import address
from explorer.ui.context import Context
from explorer.ui.events import ONCE, QUICK, wire
from explorer.ui.pages.researcher import words
from explorer.ui.pages.researcher.form import Form, asked, form, preview
from explorer.ui.pages.study.view import study_results
from explorer.ui.parts.html import html
from explorer.ui.parts.notice import empty, notice
from explorer.ui.routes.study_answers import study_answers_url
from explorer.ui.templates import render

PATH = "researcher"
SIGN_IN = "login/huggingface?_target_url=/researcher"  # Gradio's own address
ENDED = "Your hour is over: enter the password again."
_CHANGES: tuple[tuple[str, State], ...] = ((words.OPEN, "open"), (words.PAUSE, "paused"), (words.CLOSE, "closed"))


class Row(NamedTuple):
    """A study in the table."""

    name: str
    state: State
    wanted: str
    progress: str
    downloads: list[tuple[str, str]]  # address, name


def create(demo: gr.Blocks, context: Context) -> None:
    """Draw the page and wire it. Every handler asks the door first."""
    session, door, threads = context.session, context.door, StudyThreads()
    top = html("top", context.header(PATH))
    stage = html("stage", empty(words.TITLE, words.WHY))
    given = gr.State("")  # the pass; it never leaves the server but in addresses of downloads
    with gr.Row(elem_id="door") as asking:
        password = gr.Textbox(label=words.PASSWORD, type="password", elem_id="password", max_lines=1, max_length=200)
        enter = gr.Button(words.ENTER, elem_id="enter", min_width=0)
    with gr.Row(elem_id="study-changes", visible=False) as inside:
        chosen = gr.Dropdown([], label=words.STUDY, elem_id="chosen-study", allow_custom_value=True)
        buttons = [gr.Button(name, elem_id=f"study-{state}", min_width=0) for name, state in _CHANGES]
    results = html("results")
    plot = gr.Plot(show_label=False, container=False, elem_id="agreement", visible=False)
    with gr.Accordion(words.NEW, open=False, elem_id="study-new", visible=False) as new:
        ours = form()
    parts = [stage, asking, inside, new, chosen, results, plot]

    def view(given: str, name: str, until: float) -> list[object]:
        rows = _rows(session, given, until)
        names = [row.name for row in rows]
        name = name if name in names else next(iter(names), "")
        found = session.find(name, until) if name else None
        shown = study_results(session, found[0], until) if found else None
        table = render("pages/researcher/studies.html", studies=rows, words=words) if rows else empty(words.TITLE, words.NONE)
        return [
            table,
            gr.Row(visible=False),
            gr.Row(visible=True),
            gr.Accordion(visible=True),
            gr.Dropdown(names, value=name or None),
            shown.stage if shown else "",
            shown.plot if shown else gr.Plot(visible=False),
        ]

    async def show(request: gr.Request) -> list[object]:
        scope = request.request.scope if request.request else {}
        first = context.header(PATH, address(request))
        if pass_ := door.signed_in(scope):
            return [first, pass_, *await threads.run(lambda until: view(pass_, "", until))]
        signing_in = Markup('<p><a class="action" href="{}" target="_blank">{}</a></p>').format(SIGN_IN, words.SIGN_IN)
        shown = empty(words.TITLE, words.WHY, signing_in if door.researchers else "")
        return [first, gr.skip(), shown, *[gr.skip()] * (len(parts) - 1)]

    async def come_in(password: object, request: gr.Request) -> list[object]:
        scope = request.request.scope if request.request else {}
        given = door.open(password, scope)
        return [given, *await threads.run(lambda until: view(given, "", until))]

    async def look(given: object, name: object) -> list[object]:
        pass_ = _known(context, given)
        return await threads.run(lambda until: view(pass_, str(name), until))

    def changing(state: State) -> Callable[..., object]:
        async def change(given: object, name: object) -> list[object]:
            pass_ = _known(context, given)

            def changed(until: float) -> list[object]:
                with session.store.opened(until, writes=True) as answers:
                    set_state(answers.connection, str(name), state)
                return view(pass_, str(name), until)

            return await threads.run(changed)

        return change

    wire(demo.load, show, None, [top, given, *parts], stage, context.jobs, **QUICK)
    wire([password.submit, enter.click], come_in, password, [given, *parts], stage, context.jobs, **ONCE)
    wire(chosen.input, look, [given, chosen], parts, stage, context.jobs, **ONCE)
    _wire_form(ours, context, threads, view, given, parts)
    for (_, state), button in zip(_CHANGES, buttons, strict=True):
        wire(button.click, changing(state), [given, chosen], parts, stage, context.jobs, **ONCE)


def _wire_form(
    ours: Form, context: Context, threads: StudyThreads, view: Callable[..., list[object]], given: gr.State, parts: list[Any]
) -> None:
    """Preview and creation of a new study; `view` draws the `parts` anew afterwards."""
    session = context.session

    async def look_ahead(given: object, *values: object) -> Markup:
        _known(context, given)
        return await threads.run(lambda _: preview(drawn(asked(values), session.library), session.library))

    async def create_one(given: object, *values: object) -> list[object]:
        pass_ = _known(context, given)

        def created(until: float) -> list[object]:
            study = drawn(asked(values), session.library)
            with session.store.opened(until, writes=True) as answers:
                create_study(answers.connection, study)
            told = words.CREATED.format(name=study.name, pairs=len(study.of_kind("pair")))
            return [notice(told), *view(pass_, study.name, until)]

        return await threads.run(created)

    wire(ours.preview.click, look_ahead, [given, *ours.fields], ours.told, ours.told, context.jobs, **ONCE)
    wire(ours.create.click, create_one, [given, *ours.fields], [ours.told, *parts], ours.told, context.jobs, **ONCE)


def _known(context: Context, given: object) -> str:
    if not context.door.knows(given):
        raise VisitorError(ENDED)
    return str(given)


def _rows(session: Session, given: str, until: float) -> list[Row]:
    with session.store.opened(until) as answers:
        return [_row(answers.connection, given, *each) for each in listed(answers.connection)]


def _row(connection: Connection, given: str, name: str, state: State) -> Row:
    study, done = read_study(connection, name), progress(connection, name)
    pairs, each = len(study.of_kind("pair")), study.rules.answers
    wanted = words.WANTED.format(pairs=pairs, each=each) if each else words.UNBOUNDED.format(pairs=pairs)
    downloads = [(study_answers_url(given, name, ending), said) for ending, said in words.DOWNLOADS.items()]
    return Row(name, state, wanted, words.PROGRESS.format(**done._asdict()), downloads)
