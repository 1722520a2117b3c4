"""Where visitors' pictures arrive, in place of Gradio's route: bounded, counted by sender, answered with an opaque name."""

import asyncio
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope

from explorer.errors import VisitorError
from explorer.ui import text
from explorer.ui.gate.asgi import API, TooLarge, refusal
from explorer.ui.uploads import Uploads

_FORM_OVERHEAD = 64 * 1024  # bytes of a form around its file
LONGEST_S = 120  # that one upload may take


def upload_route(uploads: Uploads, who: Callable[[Scope], str]) -> Route:
    """`/gradio_api/upload`: one picture a request; the answer is a list with its name, as Gradio's is with a path."""

    async def upload(request: Request) -> Response:
        sender = who(request.scope)
        try:
            with uploads.reserved(sender, _announced(request, uploads.largest)):
                bounded = Request(request.scope, _bounded(request.receive, uploads.largest + _FORM_OVERHEAD))
                async with asyncio.timeout(LONGEST_S), bounded.form(max_files=1, max_fields=4) as form:
                    file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
                    data = None if file is None else await file.read()
            if data is None:
                return refusal(request.scope, 400, text.NO_UPLOAD)
            return JSONResponse([await run_in_threadpool(uploads.keep, data, sender)])
        except VisitorError as error:
            return refusal(request.scope, 413, str(error))
        except TooLarge:
            return refusal(request.scope, 413, text.UPLOAD_TOO_LARGE.format(largest=uploads.largest // 10**6))
        except (MultiPartException, HTTPException, ClientDisconnect, TimeoutError, KeyError, ValueError):
            return refusal(request.scope, 400, text.NO_UPLOAD)

    return Route(f"{API}upload", upload, methods=["POST"])


def preview_route() -> Route:
    """`/gradio_api/file=NAME`: Gradio's input asks for what it just sent, to show it; pages show it by themselves, so nothing."""

    def preview(_request: Request) -> Response:
        return Response(status_code=204)

    return Route(f"{API}file={{name}}", preview, methods=["GET"])


def progress_route() -> Route:
    """`/gradio_api/upload_progress`: a stream that is over at once; our pages show no progress of an upload."""

    def progress(_request: Request) -> Response:
        return Response('data: {"msg": "done"}\n\n', media_type="text/event-stream")

    return Route(f"{API}upload_progress", progress, methods=["GET"])


def _announced(request: Request, largest: int) -> int:
    """How large a picture will be: as its form says, or as large as it may be where that is not told."""
    length = request.headers.get("content-length", "")
    known = length.isascii() and length.isdecimal() and len(length) < 20
    return max(0, int(length) - _FORM_OVERHEAD) if known else largest


def _bounded(receive: Receive, limit: int) -> Receive:
    came = 0

    async def counting() -> Message:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        if came > limit:
            raise TooLarge
        return message

    return counting
