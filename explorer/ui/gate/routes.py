"""Which addresses are open. Gradio serves some seventy routes, among them its files, proxies and recorders; pages need these."""

import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from explorer.ui import text
from explorer.ui.gate.asgi import refusal

_STATIC = r"/(assets|static|svelte)/[\w./@-]+"  # of Gradio's own package
_FILES = r"/(mcp|theme\.css|config|robots\.txt|favicon\.ico|manifest\.json|pwa_icon(/\d{1,4})?)"
_READ = r"/gradio_api/(info|theme\.css|startup-events|queue/data|heartbeat/[\w-]{1,64}|upload_progress|file=upload-[0-9a-f]{32})"
_SENT = r"/mcp|/study-press|/gradio_api/(run/predict|queue/join|cancel|upload)"


class OpenRoutes:
    """Passes what is open, and answers 404 to everything else.

    Args:
        app: what is behind.
        pages: paths of our own pages and routes, as regular expressions.
    """

    def __init__(self, app: ASGIApp, pages: Iterable[str]) -> None:
        self.app = app
        self._read = re.compile("|".join([_STATIC, _FILES, _READ, *pages]))
        self._sent = re.compile(_SENT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or self._open(scope["method"], scope["path"]):
            await self.app(scope, receive, send)
        else:
            await refusal(scope, 404, text.NO_SUCH_PAGE)(scope, receive, send)

    def _open(self, method: str, path: str) -> bool:
        if ".." in path or not path.isprintable():
            return False
        shape = {"GET": self._read, "HEAD": self._read, "POST": self._sent}.get(method)
        return shape is not None and shape.fullmatch(path) is not None
