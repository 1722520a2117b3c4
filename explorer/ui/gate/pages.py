"""Gradio's page as it leaves: our own words for link previews in place of Gradio's, and a nonce on every script it brings."""

import re
import secrets
from html import escape
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.ui import text
from explorer.ui.gate.policy import Policy

_PREVIEW = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>', re.DOTALL)
_SCRIPT = re.compile(rb"<script(?=[\s>])")
_NO_PAGES = ("/assets/", "/static/", "/svelte/", "/gradio_api/", "/config")
_GRADIO_PARAMS = ("page", "deep_link")  # Gradio reads these of an address, and fails on what it does not know
# The script comes first and blocks: what Gradio runs as a page is built calls it.
_OURS = f"""<meta property="og:type" content="website" />
<meta property="og:site_name" content="Monoscope" />
<meta property="og:title" content="Monoscope" />
<meta property="og:description" content="{escape(text.TAGLINE)}" />
<meta name="description" content="{escape(text.TAGLINE)}" />
<meta name="twitter:card" content="summary" />
<script src="monoscope.js"></script>""".encode()


class Pages:
    """Puts security headers on every response, and rewrites HTML.

    Args:
        app: what is behind.
        policy: the headers.
    """

    def __init__(self, app: ASGIApp, policy: Policy) -> None:
        self.app, self.policy = app, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce, start, body = secrets.token_urlsafe(18), None, b""
        if not scope["path"].startswith(_NO_PAGES):
            scope = _page_scope(scope)

        async def sending(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self.policy.headers(nonce)]}
                start = message if _is_html(message) else None
                if start is None:
                    await send(message)
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    page = rewritten(body, nonce)
                    await send(_of_length(start, len(page)))
                    await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, sending)


def rewritten(page: bytes, nonce: str) -> bytes:
    """The page with our preview, and with the nonce in every script tag of its own."""
    mine = _PREVIEW.sub(b"", page).replace(b"<head>", b"<head>" + _OURS, 1)
    return _SCRIPT.sub(b'<script nonce="' + nonce.encode() + b'"', mine)


def _page_scope(scope: Scope) -> Scope:
    """Asks for the page as it is, which `GZipMiddleware` compresses afterwards, and without what Gradio reads of its address."""
    headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = urlencode([(name, value) for name, value in query if name not in _GRADIO_PARAMS])
    return {**scope, "headers": headers, "query_string": kept.encode()}


def _is_html(start: Message) -> bool:
    return any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in start["headers"])


def _of_length(start: Message, length: int) -> Message:
    kept = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
    return {**start, "headers": [*kept, (b"content-length", str(length).encode())]}
