"""Open routes, foreign origins, visitors' names, security headers and the page's own words; the guard around all of them."""

import logging

import pytest

from explorer.errors import UserError
from explorer.ui import text
from explorer.ui.gate.guard import Guard
from explorer.ui.gate.origins import Origins
from explorer.ui.gate.pages import Elsewhere, Pages, Preview
from explorer.ui.gate.policy import SPACES, Policy
from explorer.ui.gate.routes import OpenRoutes
from explorer.ui.gate.visitors import visitor
from tests.explorer.ui.gate.apps import Echo, ask

PAGE = b"""<html><head><meta
 property="og:image" content="https://elsewhere.example/a.jpg" /><meta name="twitter:creator" content="@x"/>
<script>one()</script><script type="module" src="a.js"></script></head><body>&lt;script&gt;</body></html>"""


@pytest.mark.parametrize(
    "path", ["/", "/neuron", "/config", "/assets/index-a1.js", "/thumbs/a/0f.webp", "/gradio_api/queue/data"]
)
def test_open(path: str) -> None:
    assert ask(OpenRoutes(Echo(), ["/", "/neuron", r"/thumbs/[^/]+/[0-9a-f]+\.webp"]), path).status == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/neuron/"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/assets/../app.py"),
        ("GET", "/assets/a\n.js"),
        ("GET", "/gradio_api/queue/join"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/"),
        ("PUT", "/neuron"),
        ("OPTIONS", "/config"),
    ],
)
def test_closed(method: str, path: str) -> None:
    app = Echo()
    assert ask(OpenRoutes(app, ["/", "/neuron"]), path, method).status == 404
    assert not app.scopes


def _from(origin: str, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (("host", "here.example:7860"), ("origin", origin), *more)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://here.example", "http://here.example:7860.evil.example"]
)
def test_calls_from_other_sites_are_refused(origin: str) -> None:
    assert ask(Origins(Echo(), False), headers=_from(origin)).status == 403


def test_calls_of_our_own_pages_pass_and_nothing_is_granted_to_others() -> None:
    app = Echo(headers=[(b"Access-Control-Allow-Origin", b"*"), (b"access-control-allow-credentials", b"true"), (b"vary", b"a")])
    reply = ask(Origins(app, False), headers=_from("http://here.example:7860"))
    assert (reply.status, reply.headers) == (200, {"vary": "a"})
    assert ask(Origins(app, False)).status == 200


def test_only_a_proxy_says_what_the_host_is() -> None:
    forwarded = ("x-forwarded-host", "space.example"), ("x-forwarded-proto", "https"), ("x-gradio-server", "http://evil.example")
    alone, behind = Echo(), Echo()
    assert ask(Origins(alone, False), headers=_from("https://space.example", *forwarded)).status == 403
    assert ask(Origins(alone, False), headers=(("host", "h"), *forwarded)).status == 200
    assert dict(alone.scopes[0]["headers"]) == {b"host": b"h"}
    assert ask(Origins(behind, True), headers=_from("https://space.example", *forwarded)).status == 200
    kept = dict(behind.scopes[0]["headers"])
    assert kept[b"x-forwarded-host"] == b"space.example"
    assert b"x-gradio-server" not in kept


def test_a_visitor_is_an_address_that_cannot_be_read() -> None:
    def named(address: str, *headers: tuple[bytes, bytes], behind: bool = False) -> str:
        return visitor({"type": "http", "client": (address, 1), "headers": headers}, behind)

    assert named("192.0.2.7") == named("192.0.2.7") != named("192.0.2.8")
    assert "192.0.2" not in named("192.0.2.7")
    assert named("2001:db8::1") == named("2001:db8::ffff") != named("2001:db8:0:1::1")
    told = (b"x-forwarded-for", b"203.0.113.9, 192.0.2.8")  # the first was written by the visitor
    own_line = (b"x-forwarded-for", b"203.0.113.9")
    assert named("10.0.0.1", told) == named("10.0.0.1")
    assert named("10.0.0.1", told, behind=True) == named("192.0.2.8") == named("10.0.0.1", own_line, told, behind=True)
    assert named("10.0.0.1", (b"x-forwarded-for", b"nonsense"), behind=True) == named("also nonsense")


def test_a_page_gets_our_words_and_a_nonce_of_its_own() -> None:
    app = Echo(PAGE, headers=[(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(PAGE)).encode())])
    reply, other = (ask(Pages(app, Policy()), "/", headers=(("accept-encoding", "br"),)) for _ in range(2))
    nonce = reply.headers["content-security-policy"].split("'nonce-")[1].split("'")[0]
    assert reply.body.count(f'<script nonce="{nonce}"'.encode()) == 3  # two of its own, and ours before them
    assert reply.body.index(b"monoscope.js") < reply.body.index(b"one()")
    assert nonce.encode() not in other.body
    assert b"elsewhere.example" not in reply.body
    assert b"@x" not in reply.body
    assert text.TAGLINE.encode() in reply.body
    assert reply.headers["content-length"] == str(len(reply.body))
    assert not app.scopes[0]["headers"]  # compressed, it could not be read


@pytest.mark.parametrize(
    ("sent", "passed"),
    [
        ("page=1", ""),
        ("page=%00&id=3", "id=3"),
        ("%70age=1&pag%65=2&p=1", "p=1"),
        ("id=3&deep_link=x&p=2", "id=3&p=2"),
        ("mypage=1&pages=", "mypage=1&pages="),
    ],
)
def test_gradio_reads_nothing_of_a_pages_address(sent: str, passed: str) -> None:
    app = Echo()
    ask(Pages(app, Policy()), "/neuron", query=sent)
    assert app.scopes[0]["query_string"].decode() == passed
    ask(Pages(app, Policy()), "/config", query=sent)
    assert app.scopes[1]["query_string"].decode() == sent


def test_every_reply_has_the_headers_and_a_space_may_be_framed() -> None:
    headers = ask(Pages(Echo(), Policy()), "/gradio_api/info").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "'unsafe-inline'" not in headers["content-security-policy"].split("script-src")[1].split(";")[0]
    framed = ask(Pages(Echo(), Policy(SPACES)), "/").headers
    assert "x-frame-options" not in framed
    assert "https://huggingface.co" in framed["content-security-policy"].split("frame-ancestors")[1]


HTML = [(b"content-type", b"text/html; charset=utf-8")]
ELSEWHERE = Elsewhere(
    preview=lambda scope: Preview('"><script>', "A & b.", "og/a/1.png") if scope["path"] == "/neuron" else None,
    embeddable=lambda scope: scope["query_string"] == b"embed=1",
)


def test_a_link_to_a_neuron_has_a_preview_of_its_own() -> None:
    pages = Pages(Echo(PAGE, headers=HTML), Policy(), ELSEWHERE)
    page = ask(pages, "/neuron", headers=(("host", "here.example:7860"),)).body
    assert b'<meta property="og:title" content="&quot;&gt;&lt;script&gt;" />' in page
    assert b'<meta property="og:description" content="A &amp; b." />' in page
    assert b'<meta property="og:image" content="http://here.example:7860/og/a/1.png" />' in page
    assert b"summary_large_image" in page
    plain = ask(pages, "/").body
    assert b'content="Monoscope"' in plain
    assert b"og:image" not in plain


@pytest.mark.parametrize(
    ("headers", "behind", "origin"),
    [
        ((("host", "h.example"), ("x-forwarded-host", "evil.example")), False, b"http://h.example/"),
        ((("host", "h"), ("x-forwarded-host", "s.example"), ("x-forwarded-proto", "https")), True, b"https://s.example/"),
        ((("host", "[::1]:7860"),), False, b"http://[::1]:7860/"),
        ((("host", 'h"><script>'),), False, None),
        ((("host", "h"), ("x-forwarded-proto", "javascript")), True, None),
        ((), False, None),
    ],
)
def test_a_preview_s_picture_is_at_the_host_that_the_visitor_asked(headers, behind: bool, origin: bytes | None) -> None:
    page = ask(Pages(Echo(PAGE, headers=HTML), Policy(), ELSEWHERE, behind), "/neuron", headers=headers).body
    assert (b'og:image" content="' + origin in page) if origin else (b"og:image" not in page)


def test_only_an_embeddable_document_may_be_framed_anywhere_and_it_runs_nothing() -> None:
    pages = Pages(Echo(PAGE, headers=HTML), Policy(), ELSEWHERE)
    framed, page = ask(pages, "/neuron", query="embed=1"), ask(pages, "/neuron", query="embed=11")
    rules = dict(rule.split(" ", 1) for rule in framed.headers["content-security-policy"].split("; "))
    assert rules == {
        "default-src": "'none'",
        "img-src": "'self' data:",
        "style-src": "'unsafe-inline'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "*",
    }
    assert "x-frame-options" not in framed.headers
    assert framed.headers["x-content-type-options"] == "nosniff"
    assert framed.body == PAGE
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert page.headers["x-frame-options"] == "SAMEORIGIN"


async def _fails(*_: object) -> None:
    raise RuntimeError("/secret/place is broken")


async def _refuses(*_: object) -> None:
    raise UserError("atlas /secret/place: a.parquet is damaged", public="The atlas a is damaged.")


@pytest.mark.parametrize(
    ("app", "path", "status", "said"),
    [
        (_fails, "/", 500, text.FAILED),
        (_fails, "/gradio_api/run/predict", 400, text.BAD_CALL),
        (_refuses, "/thumbs/a/b.webp", 404, "The atlas a is damaged."),
        (Echo(b'{"error": "/secret/place"}', 500), "/gradio_api/run/predict", 400, text.BAD_CALL),
        (Echo(b"/secret/place", 503), "/neuron", 500, text.FAILED),
    ],
)
def test_what_fails_is_one_sentence_and_a_line_in_the_log(
    app: Echo, path: str, status: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        reply = ask(Guard(app), path, "POST" if "api" in path else "GET")
    assert (reply.status, said in reply.body.decode(), b"secret" in reply.body) == (status, True, False)
    assert path in caplog.text
