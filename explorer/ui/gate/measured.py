"""Counts and times every request by its route, and tells the log of it; neither learns an address, a query or a path."""

import logging
import re
import time
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.ui.gate.asgi import API
from explorer.ui.gate.calls import CALLS
from explorer.ui.metrics import LATENCY, REQUESTS

log = logging.getLogger(__name__)

STREAM = "stream"
_STATIC = ("assets", "static", "svelte")  # of Gradio
_ANSWERED = ("mcp", "config", "study-press")


class Measured:
    """Outside of everything else, so that what is refused counts, too.

    Args:
        app: what is behind.
        open_paths: paths of our pages and routes, as regular expressions that begin with a slash.
    """

    def __init__(self, app: ASGIApp, open_paths: Iterable[str]) -> None:
        self.app = app
        self._ours = {_first(path) for path in open_paths}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status, began = "left", time.monotonic()  # where nothing was answered the visitor was gone

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            self._note(self.route(scope["path"]), scope["method"], status, time.monotonic() - began)

    def route(self, path: str) -> str:
        """What a path counts as: one of a few words, whatever a visitor asks for."""
        first = path.split("/")[1] if "/" in path else path
        if path in CALLS:
            return "call"
        if path.startswith((f"{API}queue/data", f"{API}heartbeat/")):
            return STREAM
        if path == f"{API}upload":
            return "upload"
        if first in self._ours or first in _ANSWERED:
            return first or "browse"
        return "static" if first in _STATIC else "other"

    def _note(self, route: str, method: str, status: str, seconds: float) -> None:
        REQUESTS.labels(route, status).inc()
        if route != STREAM:
            LATENCY.labels(route).observe(seconds)
        told = {"route": route, "method": method if method in ("GET", "HEAD", "POST") else "other"}
        log.info("request", extra={**told, "status": status, "ms": round(1000 * seconds)})


def _first(path: str) -> str:
    """The first part of the paths of a regular expression."""
    found = re.match(r"/([\w.-]*)", path.replace("\\", ""))
    return found[1] if found else ""
