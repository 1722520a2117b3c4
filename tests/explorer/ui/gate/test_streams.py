"""Streams: they end when their page leaves or the explorer stops, and Gradio is told of pages that left."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from explorer.ui import text
from explorer.ui.gate.streams import DATA, Streams
from explorer.ui.gate.waiting import Waiting
from tests.loops import run as run_coroutine


class Gradio:
    """Streams as Gradio does: told of a disconnection, or for ever; remembers which sessions left."""

    def __init__(self, first: bytes = b"data: {}\n\n", ends: bool = False, fails: Exception | None = None) -> None:
        self.first, self.ends, self.fails = first, ends, fails
        self.left: list[bytes] = []
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["asgi"].get("spec_version") == "2.4":  # the gate hangs up
            assert (await receive())["type"] == "http.disconnect"
            self.left.append(scope["query_string"])
            return
        self.running += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": self.first, "more_body": True})
            if self.fails is not None:
                raise self.fails
            if not self.ends:
                await receive()
                await asyncio.sleep(3600)  # as Gradio, which looks for the disconnection every ten seconds
        finally:
            self.running -= 1


def _stream(
    gradio: Gradio,
    during: Callable[[Streams, asyncio.Event], Awaitable[None]],
    path: str = DATA,
    waiting: Waiting | None = None,
) -> tuple[bytes, Waiting]:
    """One stream of session `abc`; `during` runs beside it and may set the event, which is the page leaving."""
    sent, waiting = b"", waiting or Waiting()
    streams = Streams(gradio, waiting, lambda scope: "v")

    async def run() -> None:
        left, begun = asyncio.Event(), asyncio.Event()

        async def receive() -> Message:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            nonlocal sent
            sent += message.get("body", b"")
            begun.set()

        scope: Scope = {"type": "http", "path": path, "query_string": b"session_hash=abc", "headers": [], "asgi": {}}
        serving = asyncio.ensure_future(streams(scope, receive, send))
        await begun.wait()
        await during(streams, left)
        await asyncio.wait_for(serving, 5)

    run_coroutine(run())
    return sent, waiting


async def _leave(_streams: Streams, left: asyncio.Event) -> None:
    left.set()


async def _stop(streams: Streams, _left: asyncio.Event) -> None:
    streams.stop()


async def _nothing(_streams: Streams, _left: asyncio.Event) -> None:
    return


def test_a_page_that_leaves_ends_its_stream_and_its_jobs() -> None:
    gradio = Gradio()
    _, waiting = _stream(gradio, _leave)
    assert (gradio.running, gradio.left) == (0, [b"session_hash=abc"])
    assert not waiting.listens("abc")


def test_it_is_listened_to_while_it_is_open() -> None:
    async def look(streams: Streams, left: asyncio.Event) -> None:
        assert streams.waiting.listens("abc")
        left.set()

    _stream(Gradio(), look)


@pytest.mark.parametrize("path", [DATA, "/gradio_api/heartbeat/abc"])
def test_stopping_tells_open_pages(path: str) -> None:
    gradio = Gradio()
    sent, _ = _stream(gradio, _stop, path)
    told = json.loads(sent.split(b"data: ")[-1])
    assert (told["msg"], told["message"], gradio.running) == ("unexpected_error", text.STOPPING, 0)


def test_a_complete_answer_is_no_job_any_more() -> None:
    first = b'data: {"msg":"process_completed","event_id":"e1"}\n\n'
    streams = Streams(Gradio(), Waiting(), lambda scope: "v")
    name = streams.waiting.ask("abc", "v")
    assert name is not None
    streams.waiting.named(name, "e1")
    streams._note(b'data: {"msg":"process_starts","event_id":"e1"}\n\n')
    assert streams.waiting.listens("abc")
    streams._note(first)
    assert not streams.waiting.listens("abc")


def test_an_end_of_its_own_hangs_up_on_nobody_and_an_error_comes_through() -> None:
    gradio = Gradio(ends=True)
    _stream(gradio, _nothing)
    assert gradio.left == []
    with pytest.raises(RuntimeError):
        _stream(Gradio(fails=RuntimeError()), _nothing)


def test_gradios_own_word_for_an_unknown_session_ends_the_stream() -> None:
    _stream(Gradio(fails=HTTPException(404)), _nothing)


def test_who_listens_too_late_is_told() -> None:
    waiting = Waiting()
    waiting.hung_up("abc")
    sent, _ = _stream(Gradio(), _nothing, waiting=waiting)
    assert text.ASK_AGAIN in sent.decode()


def test_one_visitor_cannot_open_streams_without_end() -> None:
    waiting = Waiting()
    while waiting.connect("v"):
        pass
    sent, _ = _stream(Gradio(), _nothing, waiting=waiting)
    assert text.TOO_MANY_JOBS in sent.decode()
