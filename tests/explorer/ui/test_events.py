"""Wired handlers: errors become sentences, and jobs end."""

from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
import pytest

from explorer.errors import UserError, VisitorError
from explorer.settings import Settings
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.ui import text
from explorer.ui.app import create_app, create_context
from explorer.ui.events import wire
from explorer.ui.gate.waiting import Waiting
from explorer.ui.jobs import Jobs
from explorer.ui.questions import QUESTIONS
from tests.loops import run as run_coroutine

SECRET = "/secret/place"
ERRORS = [
    (VisitorError("choose another"), "choose another"),
    (UserError(f"{SECRET} is damaged", public="The atlas is damaged."), "The atlas is damaged."),
    (UserError(f"{SECRET} is damaged"), text.FAILED),
    (KeyError(SECRET), text.FAILED),
]


def _wired(handler: Callable[..., Any], jobs: Jobs | None = None, several: bool = True) -> Callable[..., Any]:
    with gr.Blocks() as demo:
        says, other, top = gr.HTML(), gr.HTML(elem_id="other"), gr.HTML(elem_id="top")
        picture, plot = gr.Image(), gr.Plot()
        outputs = [top, other, says, picture, plot] if several else says
        wire(demo.load, handler, None, outputs, says, jobs or Jobs(Waiting(), 60), queue=False)
    wired = next(iter(demo.fns.values())).fn
    assert wired is not None
    return wired


@pytest.mark.parametrize(("error", "said"), ERRORS)
@pytest.mark.parametrize("kind", ["function", "coroutine", "generator"])
def test_an_error_is_a_sentence_in_its_place(error: Exception, said: str, kind: str) -> None:
    def function() -> str:
        raise error

    async def coroutine() -> str:
        raise error

    def generator() -> Iterator[str]:
        raise error
        yield ""

    wired = _wired({"function": function, "coroutine": coroutine, "generator": generator}[kind])
    told = run_coroutine(wired()) if kind == "coroutine" else list(wired())[-1] if kind == "generator" else wired()
    top, other, says, picture, plot = told
    assert said in says
    assert SECRET not in says
    assert (other, picture) == ("", None)
    assert top == plot == gr.skip()


def test_one_output_is_one_value() -> None:
    def handler() -> str:
        raise VisitorError("no")

    assert "no" in _wired(handler, several=False)()


def _request(session: str) -> gr.Request:
    request = gr.Request()
    request.session_hash = session
    return request


def test_a_job_ends_when_nobody_listens() -> None:
    waiting, ended = Waiting(), []

    def handler(request: gr.Request) -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            ended.append(True)

    wired = _wired(handler, Jobs(waiting, 60), several=False)
    assert list(wired(_request("nobody"))) == []
    waiting.opened("page")
    answers = wired(_request("page"))
    assert [next(answers) for _ in range(3)] == [0, 1, 2]
    waiting.closed("page")
    assert list(answers) == []
    assert ended == [True]


def test_a_job_has_a_time_limit() -> None:
    waiting = Waiting()
    waiting.opened("page")

    def handler(request: gr.Request) -> Iterator[int]:
        yield from range(1000)

    loading, first, over = _wired(handler, Jobs(waiting, -1), several=False)(_request("page"))
    assert (loading, first) == (0, 1)  # the first tells what is loaded: its time is no part of the limit
    assert text.JOB_TOO_LONG.format(seconds=-1) in over


def test_every_handler_of_every_page_is_wired(library: Any, tmp_path: Any) -> None:
    session = Session(AnswerStore(tmp_path / "answers.sqlite"), library)
    context = create_context(library, session, Settings((), vlm="nowhere"))
    app = create_app(context)
    context.uploads.close()
    assert len(app.fns) > 10
    assert all(getattr(fn.fn, "guarded", False) for fn in app.fns.values() if fn.fn)  # others run in the page alone
    public = {fn.api_name for fn in app.fns.values() if fn.api_visibility != "private"}
    assert public == set(QUESTIONS)
