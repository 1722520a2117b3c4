"""Where visitors' pictures arrive, in place of Gradio's route: bounded, counted by sender, answered with an opaque name."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope

from explorer.errors import VisitorError
from explorer.ui import text
from explorer.ui.gate.asgi import API, TooLarge, refusal
from explorer.ui.uploads import Uploads

_AROUND = 64 * 1024  # bytes of a form around its file


def upload_route(uploads: Uploads, who: Callable[[Scope], str]) -> Route:
    """`/gradio_api/upload`: one picture a request; the answer is a list with its name, as Gradio's is with a path."""

    async def upload(request: Request) -> Response:
        sender = who(request.scope)
        try:
            uploads.room_for(sender, max(0, _announced(request) - _AROUND))
            bounded = Request(request.scope, _bounded(request.receive, uploads.largest + _AROUND))
            async with bounded.form(max_files=1, max_fields=4) as form:
                file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
                if file is None:
                    return refusal(request.scope, 400, text.NO_UPLOAD)
                return JSONResponse([await run_in_threadpool(uploads.keep, await file.read(), sender)])
        except VisitorError as error:
            return refusal(request.scope, 413, str(error))
        except TooLarge:
            return refusal(request.scope, 413, text.UPLOAD_TOO_LARGE.format(largest=uploads.largest // 10**6))
        except (MultiPartException, ClientDisconnect, KeyError, ValueError):
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


def _announced(request: Request) -> int:
    told = request.headers.get("content-length", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 20 else 0


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
