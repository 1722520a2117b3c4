"""What the gate's parts share: reading a bounded body, handing one on, and answering with one sentence."""

import json
import re

from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope

API = "/gradio_api/"
PAYLOAD = 256 * 1024  # bytes of any request that is no picture: the largest of ours are below 4 kB


class TooLarge(Exception):
    """A body is longer than it may be."""


async def read_body(receive: Receive, limit: int) -> bytes:
    """The whole body.

    Raises:
        TooLarge: as soon as more than `limit` bytes have come.
        ConnectionError: if the client leaves before the end.
    """
    pieces, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("left before the end of its request")
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])
        if size > limit:
            raise TooLarge
        if not message.get("more_body", False):
            return b"".join(pieces)


def with_body(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives this body first, and then passes on to the real one."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def given() -> Message:
        return waiting.pop() if waiting else await receive()

    return given


def header(scope: Scope, name: str) -> str:
    """The last value of a request header, which is the nearest proxy's; "" where there is none."""
    wanted = name.encode()
    return next((value.decode("latin-1") for key, value in reversed(scope["headers"]) if key == wanted), "")


def logged(scope: Scope) -> str:
    """A path as a log may have it: without tickets and passes of the study, and names of uploads, which are secrets."""
    return re.sub(r"/(study-[a-z]+)/.*|(file=).*", lambda found: f"/{found[1]}/…" if found[1] else "file=…", scope["path"])


def refusal(scope: Scope, status: int, sentence: str) -> Response:
    """One sentence: as JSON where Gradio's client reads it, as text elsewhere."""
    if scope["path"].startswith(API):
        return Response(json.dumps({"error": sentence, "detail": sentence}), status, media_type="application/json")
    return PlainTextResponse(sentence, status)
