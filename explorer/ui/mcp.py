"""MCP over HTTP at `/mcp`: `explorer.ui.questions` as tools for agents. Nothing is kept between two requests.

Gradio has a server of this kind, which calls itself over HTTP and fetches whatever address an agent names; it stays off.
"""

import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from explorer.errors import VisitorError
from explorer.ui import text
from explorer.ui.context import Context
from explorer.ui.gate.asgi import PAYLOAD, TooLarge, header, read_body
from explorer.ui.gate.upload import LONGEST_S
from explorer.ui.mcp_tools import GONE, Tools

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

MCP = "/mcp"
Who = Callable[[Scope], str]
_INVALID = -32600  # JSON-RPC 2.0: no valid request


def mcp_route(context: Context, who: Who) -> Route:
    """`/mcp`.

    Args:
        who: names a request's visitor.
    """
    return Route(MCP, endpoint=_Door(context, who))


class _Refused(Exception):
    """A request that reaches no server.

    Args:
        sentence: that says why.
        status: of HTTP.
    """

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


class _Door:
    """Bounds a request, and hands it to a server that lives as long as it.

    Args:
        context: what all pages share.
        who: names a request's visitor.
    """

    def __init__(self, context: Context, who: Who) -> None:
        self._uploads, self._who, self._tools = context.uploads, who, Tools(context, who)
        self._loading = threading.Lock()
        self._loaded: Server | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":  # a stream of the server's own words: there are none
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        try:
            with self._uploads.reserved(self._who(scope), _announced(scope, self._uploads.largest)):
                await self._serve(await self._message(receive), scope, receive, send)
        except _Refused as refused:
            await JSONResponse(_error(str(refused)), refused.status)(scope, receive, send)
        except VisitorError as error:
            await JSONResponse(_error(str(error)), 413)(scope, receive, send)
        except ConnectionError:
            return

    async def _message(self, receive: Receive) -> bytes:
        try:
            with anyio.fail_after(LONGEST_S):
                body = await read_body(receive, self._uploads.largest * 4 // 3 + PAYLOAD)  # base64
        except TooLarge:
            raise _Refused(text.UPLOAD_TOO_LARGE.format(largest=self._uploads.largest // 10**6), 413) from None
        except TimeoutError:
            raise _Refused(text.BAD_MESSAGE, 408) from None
        if not await run_in_threadpool(_is_message, body):
            raise _Refused(text.BAD_MESSAGE, 400)
        return body

    async def _serve(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        server = self._loaded or await run_in_threadpool(self._load)
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        gone, sent = threading.Event(), [{"type": "http.request", "body": body, "more_body": False}]
        manager = StreamableHTTPSessionManager(server, json_response=True, stateless=True, max_request_body_size=len(body) + 1)

        async def given() -> Message:
            if not sent:
                await anyio.sleep_forever()
            return sent.pop()

        async with anyio.create_task_group() as tasks:

            async def hang_up() -> None:
                while (await receive())["type"] != "http.disconnect":
                    pass
                gone.set()
                tasks.cancel_scope.cancel()

            tasks.start_soon(hang_up)
            try:
                async with manager.run():
                    await manager.handle_request({**scope, GONE: gone}, given, send)
            finally:
                gone.set()
            tasks.cancel_scope.cancel()

    def _load(self) -> "Server":
        """The server, made by the first who asks: its library takes 0.6 s to load."""
        with self._loading:
            if self._loaded is None:
                self._loaded = self._tools.server()
            return self._loaded


def _is_message(body: bytes) -> bool:
    """Whether this is one message of JSON-RPC; the library's own words for what is none tell it back at length."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(sent, dict) and sent.get("jsonrpc") == "2.0" and isinstance(sent.get("method"), str)


def _error(sentence: str) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": _INVALID, "message": sentence}}


def _announced(scope: Scope, largest: int) -> int:
    """Bytes of the image in a request, as its length tells; as many as there may be where it tells nothing."""
    told = header(scope, "content-length")
    if not (told.isascii() and told.isdecimal() and len(told) < 20):
        return largest
    return max(0, int(told) - PAYLOAD) * 3 // 4
