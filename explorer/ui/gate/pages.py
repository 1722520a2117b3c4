"""Gradio's page as it leaves: our own words for link previews in place of Gradio's, and a nonce on every script it brings."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.ui import text
from explorer.ui.gate.asgi import header
from explorer.ui.gate.policy import Policy, embeddable

_PREVIEW = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>', re.DOTALL)
_SCRIPT = re.compile(rb"<script(?=[\s>])")
_NO_PAGES = ("/assets/", "/static/", "/svelte/", "/gradio_api/", "/config")
_GRADIO_PARAMS = ("page", "deep_link")  # Gradio reads these of an address, and fails on what it does not know
# Gradio's own navigation, which ours replaces: it would show until the stylesheets have come, and push the page down meanwhile.
_NO_NAVIGATION = "<style>.nav-holder { display: none !important; }</style>"
_HOST = re.compile(r"[\w.-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?")


class Preview(NamedTuple):
    """What other sites show of a link to a page."""

    title: str
    about: str  # a sentence
    picture: str  # its address, relative to the page; "" where there is none


PLAIN = Preview("Monoscope", text.TAGLINE, "")


@dataclass(frozen=True)
class Elsewhere:
    """How pages appear on other sites."""

    preview: Callable[[Scope], Preview | None] = lambda _: None
    """Of a link to the page that a request asks for; None: the plain one."""
    embeddable: Callable[[Scope], bool] = lambda _: False
    """Whether what a request asks for is a document without scripts, which any site may frame."""


class Pages:
    """Puts security headers on every response, and rewrites HTML.

    Args:
        app: what is behind.
        policy: the headers.
        elsewhere: how pages appear on other sites.
        behind_proxy: whether the forwarded host and protocol are a proxy's, to be believed.
    """

    def __init__(self, app: ASGIApp, policy: Policy, elsewhere: Elsewhere | None = None, behind_proxy: bool = False) -> None:
        self.app, self.policy, self.elsewhere, self.behind_proxy = app, policy, elsewhere or Elsewhere(), behind_proxy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce, start, body, asked = secrets.token_urlsafe(18), None, b"", scope
        framed = self.elsewhere.embeddable(scope)
        if not scope["path"].startswith(_NO_PAGES):
            scope = _page_scope(scope)

        async def sending(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                policy = embeddable() if framed else self.policy.headers(nonce)
                message = {**message, "headers": [*message["headers"], *policy]}
                start = message if _is_html(message) and not framed else None
                if start is None:
                    await send(message)
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    page = rewritten(body, nonce, self._head(asked))
                    await send(_of_length(start, len(page)))
                    await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, sending)

    def _head(self, scope: Scope) -> bytes:
        """Our preview and script. The script comes first and blocks: what Gradio runs as a page is built calls it."""
        preview, origin = self.elsewhere.preview(scope) or PLAIN, _origin(scope, self.behind_proxy)
        tags = [("property", "og:type", "website"), ("property", "og:site_name", "Monoscope")]
        tags += [("property", "og:title", preview.title), ("property", "og:description", preview.about)]
        tags += [("name", "description", preview.about)]
        pictured = preview.picture and origin
        if pictured:
            tags += [("property", "og:image", f"{origin}/{preview.picture}"), ("property", "og:image:alt", preview.title)]
        tags += [("name", "twitter:card", "summary_large_image" if pictured else "summary")]
        metas = "".join(f'<meta {kind}="{name}" content="{escape(value)}" />\n' for kind, name, value in tags)
        return f'{metas}{_NO_NAVIGATION}<script src="monoscope.js"></script>'.encode()


def rewritten(page: bytes, nonce: str, head: bytes) -> bytes:
    """The page with our words in place of Gradio's preview, and with the nonce in every script tag of its own."""
    mine = _PREVIEW.sub(b"", page).replace(b"<head>", b"<head>" + head, 1)
    return _SCRIPT.sub(b'<script nonce="' + nonce.encode() + b'"', mine)


def _origin(scope: Scope, behind_proxy: bool) -> str:
    """Where the visitor finds this explorer; "" where no header says so plainly."""
    host = (header(scope, "x-forwarded-host") if behind_proxy else "") or header(scope, "host")
    scheme = (header(scope, "x-forwarded-proto") if behind_proxy else "") or scope.get("scheme", "http")
    return f"{scheme}://{host}" if _HOST.fullmatch(host) and scheme in ("http", "https") else ""


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
