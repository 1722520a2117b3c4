"""Calls of handlers: only those that exist, with as many values as they take, and with nothing that Gradio would open or fetch.

Gradio moves and downloads whatever in a payload looks like a file. Here a file loses all but its name, of which only
`explorer.ui.uploads` can make something.
"""

import json
import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Literal, NamedTuple

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.ui import text
from explorer.ui.gate.asgi import API, PAYLOAD, TooLarge, read_body, refusal, with_body
from explorer.ui.gate.waiting import Waiting

JOIN = f"{API}queue/join"
CALLS = (JOIN, f"{API}run/predict")
CANCEL = f"{API}cancel"
_SESSION = re.compile(r"[\w-]{1,64}", re.ASCII)
_LONGEST_NAME = 64  # characters of an upload's


Kind = Literal["picture", "state", "number", "plain"]
"""An upload; what Gradio keeps and only sends back; a finite number, or nothing; text, a number, or nothing."""


class Handler(NamedTuple):
    """What a handler takes."""

    kinds: tuple[Kind, ...]  # of its values
    queued: bool
    names: tuple[str, ...] = ()  # of its values, for who calls it; none where no such call names them


class BadCall(ValueError):
    """A call that no page makes."""


class BadValue(BadCall):
    """A value that is none of its kind; its arguments are the value's name, and why."""


class Calls:
    """Checks the payload of calls, writes it anew, and keeps count of the jobs they ask for.

    Args:
        app: what is behind.
        handlers: of the app, by number.
        waiting: hears of jobs.
        hang_up: drops a session's jobs.
        who: names a request's visitor.
    """

    def __init__(
        self,
        app: ASGIApp,
        handlers: Mapping[int, Handler],
        waiting: Waiting,
        hang_up: Callable[[Scope, str], Any],
        who: Callable[[Scope], str],
    ) -> None:
        self.app, self.handlers, self.waiting, self.hang_up, self.who = app, handlers, waiting, hang_up, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in (*CALLS, CANCEL):
            await self.app(scope, receive, send)
            return
        try:
            sent = _parsed(await read_body(receive, PAYLOAD))
            call = checked(sent, self.handlers, scope["path"] == JOIN) if scope["path"] in CALLS else _named(sent)
        except TooLarge:
            await refusal(scope, 413, text.BODY_TOO_LARGE)(scope, receive, send)
        except BadValue as error:
            await _invalid(*error.args)(scope, receive, send)
        except BadCall:
            await refusal(scope, 400, text.BAD_CALL)(scope, receive, send)
        except ConnectionError:
            return
        else:
            await self._pass(call, scope, receive, send)

    async def _pass(self, call: dict[str, Any], scope: Scope, receive: Receive, send: Send) -> None:
        body = json.dumps(call).encode()
        length = (b"content-length", str(len(body)).encode())
        kept = [pair for pair in scope["headers"] if pair[0] not in (b"content-length", b"transfer-encoding", b"content-type")]
        inner = {**scope, "headers": [*kept, length, (b"content-type", b"application/json")]}
        if scope["path"] == JOIN:
            await self._join(call["session_hash"], inner, with_body(body, receive), send)
        else:
            await self.app(inner, with_body(body, receive), send)

    async def _join(self, session: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a job on, known before Gradio can begin it, and learn from the answer what it is called."""
        visitor, answer = self.who(scope), b""
        name = self.waiting.ask(session, visitor)
        if name is None:
            await refusal(scope, 429, text.TOO_MANY_JOBS)(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            nonlocal answer
            answer += message.get("body", b"")
            if (event := _event(answer)) is not None:
                self.waiting.named(name, event)
            await send(message)

        uncompressed = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]}
        await self.app(uncompressed, receive, sending)
        if _event(answer) is None:
            self.waiting.finished(name)
        for silent in self.waiting.to_drop(session, visitor):
            await self.hang_up(scope, silent)


def checked(sent: dict[str, Any], handlers: Mapping[int, Handler], joins: bool) -> dict[str, Any]:
    """The call with all that our pages send, and nothing else.

    Raises:
        BadValue: if a value is a list or an object where the handler takes neither, or no number where it takes one.
        BadCall: if there is no such handler, it takes more or fewer values, or the session has no proper name.
    """
    number, session, data = sent.get("fn_index"), sent.get("session_hash"), sent.get("data")
    handler = handlers.get(number) if type(number) is int else None
    if handler is None or not isinstance(data, list) or len(data) != len(handler.kinds) or handler.queued is not joins:
        raise BadCall
    if not isinstance(session, str) or not _SESSION.fullmatch(session):
        raise BadCall
    names = (*handler.names, *("a value" for _ in data))
    values = [_value(value, kind, name) for value, kind, name in zip(data, handler.kinds, names, strict=False)]
    trigger = sent.get("trigger_id")
    return {
        "fn_index": number,
        "session_hash": session,
        "data": values,
        "event_data": None,
        "trigger_id": trigger if type(trigger) is int else None,
    }


def _value(value: object, kind: Kind, name: str) -> object:
    if kind == "picture":
        return _picture(value)
    if kind == "state":
        return None
    if isinstance(value, dict | list):
        raise BadValue(name, "a list or an object is neither text nor a number")
    if kind == "number" and value is not None and not _is_number(value):
        raise BadValue(name, "a number is asked for")
    return value


def _is_number(value: object) -> bool:
    """Whether Gradio can compare and round it."""
    return type(value) is int or (type(value) is float and isfinite(value))


def _picture(value: object) -> dict[str, str] | None:
    """A file's name alone, without what tells Gradio that it is one; a name that cannot be one is left to be refused."""
    if value is None:
        return None
    name = value.get("path") if isinstance(value, dict) else None
    return {"path": name if isinstance(name, str) and len(name) <= _LONGEST_NAME else "unknown"}


def _invalid(name: str, reason: str) -> Response:
    """The sentence for a value, in the one form that `gradio_client` shows its user: a failed validation of Gradio's."""
    sentence = text.BAD_ARGUMENT.format(name=name, reason=reason)
    failed = {"__type__": "validate", "is_valid": False, "parameter_name": name, "message": sentence}
    return JSONResponse({"error": sentence, "detail": [failed]}, 422)


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadCall from error
    if not isinstance(sent, dict):
        raise BadCall
    return sent


def _named(sent: dict[str, Any]) -> dict[str, Any]:
    """What ends a job: which one, in which session."""
    names, number = [sent.get(name) for name in ("session_hash", "event_id")], sent.get("fn_index")
    if not all(isinstance(name, str) and _SESSION.fullmatch(name) for name in names) or type(number) is not int:
        raise BadCall
    return {"session_hash": names[0], "event_id": names[1], "fn_index": number}


def _event(answer: bytes) -> str | None:
    try:
        return json.loads(answer).get("event_id")
    except (ValueError, AttributeError):
        return None
