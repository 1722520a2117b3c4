"""Streams: the long answers through which a page hears of its jobs, and by which we hear that it is still there."""

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.ui import text
from explorer.ui.gate.asgi import API, refusal
from explorer.ui.gate.waiting import Waiting

DATA = f"{API}queue/data"
_HEARTBEAT = f"{API}heartbeat/"
_COMPLETED = re.compile(rb'"msg":\s*"process_completed"')
_EVENT = re.compile(rb'"event_id":\s*"([\w-]{1,64})"')


class Streams:
    """Passes streams on; hangs up when their page leaves, and tells pages when the explorer stops.

    Args:
        app: what is behind.
        waiting: hears who listens, and whose job is complete.
        who: names a request's visitor.
    """

    def __init__(self, app: ASGIApp, waiting: Waiting, who: Callable[[Scope], str]) -> None:
        self.app, self.waiting, self.who = app, waiting, who
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith((DATA, _HEARTBEAT)):
            await self.app(scope, receive, send)
            return
        visitor = self.who(scope)
        if not self.waiting.connect(visitor):
            await refusal(scope, 429, text.TOO_MANY_JOBS)(scope, receive, send)
            return
        try:
            await self._listen(_session(scope) if scope["path"] == DATA else None, scope, receive, send)
        finally:
            self.waiting.disconnect(visitor)

    async def _listen(self, session: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        if session is None:
            await self._stream(scope, receive, send)
        elif self.waiting.was_hung_up(session):  # it listens too late
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
            await _say(send, text.ASK_AGAIN)
        else:
            self.waiting.opened(session)
            ended = False
            try:
                ended = await self._stream(scope, receive, send)
            finally:
                if self.waiting.closed(session) and not ended:
                    await self.hang_up(scope, session)

    def stop(self) -> None:
        """End all streams with a sentence; from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    async def hang_up(self, scope: Scope, session: str) -> None:
        """Let Gradio do what it does when a page leaves: drop its jobs. It is asked as by a page that has left already."""
        self.waiting.hung_up(session)
        query = f"session_hash={session}".encode()
        left = {"type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "method": "GET", "query_string": query}

        async def gone() -> Message:
            return {"type": "http.disconnect"}

        async def nobody(_message: Message) -> None:
            return

        await self.app({**scope, **left, "path": DATA, "raw_path": DATA.encode()}, gone, nobody)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """The app's stream, until it ends, the page leaves, or the explorer stops; whether it ended by itself."""
        self._loop = asyncio.get_running_loop()
        left, begun, over = asyncio.Event(), False, False

        async def receiving() -> Message:
            await left.wait()
            return {"type": "http.disconnect"}

        async def sending(message: Message) -> None:
            nonlocal begun
            if over:
                return
            begun = True
            self._note(message.get("body", b""))
            await send(message)

        answering = asyncio.ensure_future(self.app(scope, receiving, sending))
        leaving = asyncio.ensure_future(_left(receive))
        stopping = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait((answering, leaving, stopping), return_when=asyncio.FIRST_COMPLETED)
        left.set()
        stopped, over = stopping.done() and not answering.done() and not leaving.done(), not answering.done()
        for task in (answering, leaving, stopping):
            task.cancel()
        await asyncio.gather(answering, leaving, stopping, return_exceptions=True)
        if stopped and begun:
            await _say(send, text.STOPPING)
        if not over and (failed := answering.exception()):
            if not (begun and isinstance(failed, HTTPException)):  # Gradio's word for a session that it does not know
                raise failed
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        return not over

    def _note(self, body: bytes) -> None:
        if _COMPLETED.search(body):
            for event in _EVENT.findall(body):
                self.waiting.finished(event.decode())


def _session(scope: Scope) -> str | None:
    return next(iter(parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])), None)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _say(send: Send, sentence: str) -> None:
    """End a stream with a sentence, as Gradio's client reads it."""
    message: dict[str, Any] = {"msg": "unexpected_error", "message": sentence, "success": False, "session_not_found": False}
    await send({"type": "http.response.body", "body": f"data: {json.dumps(message)}\n\n".encode(), "more_body": False})
