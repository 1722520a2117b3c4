"""Where requests say they come from: other sites may link here, but not call; forwarded headers count with MONOSCOPE_PROXY."""

import logging
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.ui import text
from explorer.ui.gate.asgi import header, refusal

log = logging.getLogger(__name__)
_FORWARDED = (b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-for", b"forwarded")
_DROPPED = b"x-gradio-server"  # Gradio would put it into its page as the address to call


class Origins:
    """Refuses calls from pages of other sites, and takes back what Gradio grants them.

    Args:
        app: what is behind.
        behind_proxy: whether the forwarded host and protocol are a proxy's, to be believed.
    """

    def __init__(self, app: ASGIApp, behind_proxy: bool) -> None:
        self.app, self.behind_proxy, self._told = app, behind_proxy, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if _foreign(scope, self.behind_proxy):
            self._tell(scope)
            await refusal(scope, 403, text.FOREIGN_SITE)(scope, receive, send)
            return
        untrusted = (_DROPPED,) if self.behind_proxy else (_DROPPED, *_FORWARDED)
        kept = [(name, value) for name, value in scope["headers"] if name not in untrusted]

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                mine = [(name, value) for name, value in message["headers"] if not name.lower().startswith(b"access-control-")]
                message = {**message, "headers": mine}
            await send(message)

        await self.app({**scope, "headers": kept}, receive, sending)

    def _tell(self, scope: Scope) -> None:
        """Once: it may be a proxy in front that no setting tells of."""
        if not self._told:
            names = header(scope, "origin")[:200], header(scope, "host")[:200]
            how = "behind a proxy, set MONOSCOPE_PROXY=1 and let it pass Host or X-Forwarded-Host, and X-Forwarded-Proto"
            log.warning("refused a call of a page of %r, for this host is %r: %s", *names, how)
            self._told = True


def _foreign(scope: Scope, behind_proxy: bool) -> bool:
    """Whether a page of another site sends this: browsers say so in Origin, whenever something is sent or read across sites."""
    origin = header(scope, "origin")
    if not origin:
        return False
    hosts = {header(scope, "host")} | ({header(scope, "x-forwarded-host")} if behind_proxy else set())
    return urlsplit(origin).netloc.lower() not in {host.lower() for host in hosts if host}
