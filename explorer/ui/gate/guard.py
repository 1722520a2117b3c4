"""What goes wrong behind this part becomes one sentence for the visitor and an entry in the log."""

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.errors import UserError
from explorer.ui import text
from explorer.ui.gate.asgi import API, logged, refusal

log = logging.getLogger(__name__)


class Guard:
    """Catches what the app behind raises, and replaces its server errors; closes what is not HTTP."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._guarded(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = replaced = False

        async def sending(message: Message) -> None:
            nonlocal begun, replaced
            if message["type"] == "http.response.start" and message["status"] >= 500:
                replaced = True
                log.error("%s %s: answered with %s", scope["method"], logged(scope), message["status"])
                await _answer(scope, receive, send)
            begun = True
            if not replaced:
                await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            if isinstance(error, UserError):
                log.warning("%s %s: %s", scope["method"], logged(scope), error)
            else:
                log.exception("%s %s failed", scope["method"], logged(scope))
            if not begun:
                await _answer(scope, receive, send, error)


async def _answer(scope: Scope, receive: Receive, send: Send, error: Exception | None = None) -> None:
    """To a handler's payload 400: our handlers catch what they raise, so what fails is what was sent. To a page 404 or 500."""
    if isinstance(error, UserError):
        await refusal(scope, 404, error.public or text.FAILED)(scope, receive, send)
    elif scope["path"].startswith(API):
        await refusal(scope, 400, text.BAD_CALL)(scope, receive, send)
    else:
        await refusal(scope, 500, text.FAILED)(scope, receive, send)
