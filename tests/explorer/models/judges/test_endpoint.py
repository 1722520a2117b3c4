"""The judge behind an endpoint, held against a FAKE one on loopback: what it is sent, and whatever it may answer."""

import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from explorer.errors import UserError
from explorer.models.judges.endpoint import LONGEST_REPLY, EndpointJudge
from explorer.models.judges.judge import Answer
from explorer.shipped import shipped

CONCEPTS = {7: "red boat"}


class FakeEndpoint(ThreadingHTTPServer):
    """A FAKE of an OpenAI-compatible API: says yes where the answer in a question has "boat", or replies as `replies` tell."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Reply)
        self.asked: list[dict] = []
        self.headers: list[dict] = []
        self.replies: list[tuple[int, bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


class _Reply(BaseHTTPRequestHandler):
    def do_POST(self):
        server, body = self.server, self.rfile.read(int(self.headers["Content-Length"]))
        server.asked.append(json.loads(body) | {"path": self.path})
        server.headers.append(dict(self.headers))
        status, reply = server.replies.pop(0) if server.replies else (200, self._verdict(json.loads(body)))
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", f"{server.url}/elsewhere")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST

    def _verdict(self, body):
        answer = body["messages"][0]["content"].rpartition("<<<")[2]
        return said("Yes." if "boat" in answer else "no")

    def log_message(self, format, *args):
        pass


def said(text) -> bytes:
    return json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()


@pytest.fixture
def fake():
    server = FakeEndpoint()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def judge(fake, **more):
    return EndpointJudge(fake.url, "judge-1", CONCEPTS, shipped("judge"), pauses=(0.0, 0.0), **more)


def answer(text, prompt="write a poem.", unsteered="a cat."):
    return Answer("white", prompt, text, unsteered)


def test_verdicts_in_their_order_and_equal_questions_once(fake):
    answers = [answer("a boat"), answer("a cat"), answer("a boat"), answer("boats {x} $y $concept")]
    assert judge(fake, key="secret").says(7, answers) == [True, False, True, True]
    assert len(fake.asked) == 3
    assert {(one["path"], one["model"], one["temperature"]) for one in fake.asked} == {("/v1/chat/completions", "judge-1", 0)}
    assert {headers["Authorization"] for headers in fake.headers} == {"Bearer secret"}
    questions = [one["messages"][0]["content"] for one in fake.asked]
    assert all("red boat" in question for question in questions)
    assert any("boats {x} $y $concept" in question for question in questions)


def test_each_criterion_has_its_own_prompt(fake):
    one = [answer("a boat", "sing of a tree.", "the reference")]
    found = judge(fake)
    assert found.followed(one) == [True]
    assert found.kept(one) == [True]
    followed, kept = (asked["messages"][0]["content"] for asked in fake.asked)
    assert "sing of a tree." in followed
    assert "the reference" in kept
    assert "Authorization" not in fake.headers[0]
    assert (found.concept(7), found.concept(8)) == ("red boat", "")


@pytest.mark.parametrize(
    "junk",
    [
        (200, said("perhaps")),
        (200, said("yesterday")),
        (200, said(None)),
        (200, b"<html>"),
        (200, b'{"choices": []}'),
        (200, b"[" * 100_000),
        (200, b" " * (LONGEST_REPLY + 1)),
        (429, b""),
        (503, b"busy"),
    ],
)
def test_junk_is_asked_again_and_then_refused(fake, junk):
    fake.replies = [junk, junk]
    assert judge(fake).says(7, [answer("a boat")]) == [True]
    assert len(fake.asked) == 3
    fake.replies = [junk] * 3
    with pytest.raises(UserError, match="gave no verdict"):
        judge(fake).says(7, [answer("a boat")])
    assert len(fake.asked) == 6


@pytest.mark.parametrize("status", [401, 404, 307, 302])
def test_what_it_refuses_is_not_asked_again_nor_followed(fake, status):
    fake.replies = [(status, b"")]
    with pytest.raises(UserError, match=f"HTTP status {status}") as raised:
        judge(fake, key="secret").says(7, [answer("a boat")])
    assert Counter(one["path"] for one in fake.asked) == {"/v1/chat/completions": 1}
    assert "secret" not in str(raised.value)


def test_nobody_is_there(fake):
    gone = FakeEndpoint()
    gone.server_close()
    with pytest.raises(UserError, match="gave no verdict"):
        judge(gone).says(7, [answer("a boat")])


def test_one_that_never_replies_is_given_up(fake, monkeypatch):
    monkeypatch.setattr("explorer.models.judges.endpoint.TIMEOUT", 0.05)
    hang = threading.Event()
    monkeypatch.setattr(_Reply, "_verdict", lambda self, body: hang.wait(20) or b"")
    with pytest.raises(UserError, match="timed out"):
        EndpointJudge(fake.url, "judge-1", CONCEPTS, shipped("judge"), pauses=()).says(7, [answer("a boat")])
    hang.set()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "exactly", "ftp://host/v1", "http://"])
def test_other_addresses_are_refused(url):
    with pytest.raises(UserError, match="neither exact, similarity nor an address"):
        EndpointJudge(url, "m", {}, shipped("judge"))
