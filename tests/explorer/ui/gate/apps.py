"""Small apps to stand behind parts of the gate, and a way to ask them without a network."""

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.loops import run as run_coroutine


class Echo:
    """Remembers what came to it, and answers with one body."""

    def __init__(self, body: bytes = b"answer", status: int = 200, headers: Sequence[tuple[bytes, bytes]] = ()) -> None:
        self.body, self.status, self.headers = body, status, list(headers)
        self.scopes: list[Scope] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["method"] == "POST":
            self.bodies.append((await receive())["body"])
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class Reply:
    """What came back."""

    def __init__(self, sent: list[Message]) -> None:
        self.status: int = sent[0]["status"]
        self.headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        self.body = b"".join(message.get("body", b"") for message in sent[1:])


def ask(
    app: ASGIApp,
    path: str = "/",
    method: str = "GET",
    body: bytes = b"",
    query: str = "",
    headers: Sequence[tuple[str, str]] = (("host", "here.example"),),
    client: tuple[str, int] | None = ("192.0.2.7", 4),
) -> Reply:
    """Send one request, its body in two pieces."""
    sent: list[Message] = []
    half = len(body) // 2
    coming: list[Message] = [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:], "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return coming.pop(0) if len(coming) > 1 else coming[0]

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": client,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }
    run_coroutine(app(scope, receive, send))
    return Reply(sent)
