"""The payload check: what reaches Gradio of a call."""

import json
from typing import Any

import pytest

from explorer.ui.gate.asgi import PAYLOAD
from explorer.ui.gate.calls import JOIN, BadCall, BadValue, Calls, Handler, checked
from explorer.ui.gate.waiting import Waiting
from tests.explorer.ui.gate.apps import Echo, ask

PREDICT = "/gradio_api/run/predict"
HANDLERS = {3: Handler(("picture", "state", "plain"), True, ("image", "kept", "prompt")), 4: Handler((), queued=False)}
HANDLERS |= {5: Handler(("number",), False, ("count",))}
META = {"_type": "gradio.FileData"}


def _gate(app: Echo, hung_up: list[str] | None = None) -> Calls:
    async def hang_up(_scope: object, session: str) -> None:
        if hung_up is not None:
            hung_up.append(session)

    return Calls(app, HANDLERS, Waiting(), hang_up, lambda scope: "somebody")


def _call(**changes: Any) -> dict[str, Any]:
    return {"fn_index": 3, "session_hash": "abc", "data": [None, None, "x"]} | changes


def test_a_file_keeps_its_name_alone() -> None:
    picture = {"path": "upload-12", "url": "http://127.0.0.1/x", "meta": META, "is_stream": True}
    assert checked(_call(data=[picture, {"path": "/etc/passwd", "meta": META}, 4]), HANDLERS, True)["data"] == [
        {"path": "upload-12"},
        None,
        4,
    ]


@pytest.mark.parametrize("picture", ["/etc/passwd", ["x"], {"path": 3}, {"path": "x" * 65}, {"url": "http://a"}, 0, True])
def test_what_names_no_upload_is_left_to_be_refused(picture: object) -> None:
    assert checked(_call(data=[picture, None, ""]), HANDLERS, True)["data"][0] == {"path": "unknown"}


@pytest.mark.parametrize(
    "changes",
    [
        {"fn_index": 99},
        {"fn_index": True},
        {"fn_index": "3"},
        {"fn_index": None},
        {"fn_index": 4, "data": []},  # not for the queue
        {"data": [None, None]},
        {"data": [None] * 4},
        {"data": None},
        {"data": {"0": None}},
        {"session_hash": None},
        {"session_hash": ""},
        {"session_hash": "a/../b"},
        {"session_hash": "a" * 65},
        {"session_hash": ["abc"]},
    ],
)
def test_a_call_that_no_page_makes(changes: dict[str, Any]) -> None:
    with pytest.raises(BadCall):
        checked(_call(**changes), HANDLERS, True)
    assert ask(_gate(Echo()), JOIN, "POST", json.dumps(_call(**changes)).encode()).status == 400


@pytest.mark.parametrize("value", [{}, [], {"path": "/dev/zero", "meta": META}, [{"path": "/dev/zero", "meta": META}]])
def test_a_list_or_an_object_for_a_plain_value_is_named(value: object) -> None:
    app = Echo()
    reply = ask(_gate(app), JOIN, "POST", json.dumps(_call(data=[None, None, value])).encode())
    assert reply.status == 422
    assert json.loads(reply.body)["error"] == "prompt cannot be used: a list or an object is neither text nor a number."
    assert not app.scopes


@pytest.mark.parametrize("value", ["5", "", "\0", True, float("inf"), float("nan"), [1], {"a": 1}])
def test_what_is_no_number_is_named(value: object) -> None:
    """Gradio would compare it with a field's bounds, or round it, and fail."""
    with pytest.raises(BadValue, match="count"):
        checked({"fn_index": 5, "session_hash": "abc", "data": [value]}, HANDLERS, joins=False)
    for number in (5, -1, 1.5, 10**400, None):
        assert checked({"fn_index": 5, "session_hash": "abc", "data": [number]}, HANDLERS, joins=False)["data"] == [number]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 100_000, b'{"fn_index": ' + b"9" * 10_000 + b"}"])
def test_a_body_that_is_no_call(body: bytes) -> None:
    app = Echo()
    for path in (PREDICT, JOIN, "/gradio_api/cancel"):
        assert ask(_gate(app), path, "POST", body).status == 400
    assert not app.scopes


def test_a_body_is_read_no_further_than_its_limit() -> None:
    app = Echo()
    assert ask(_gate(app), PREDICT, "POST", b" " * (PAYLOAD + 1)).status == 413
    assert not app.scopes


def test_a_call_arrives_written_anew() -> None:
    app = Echo()
    sent = _call(fn_index=4, data=[], simple_format=True, event_data={"x": 1}, trigger_id=7, request={"a": 1})
    body = json.dumps(sent).encode()
    headers = (("content-length", str(len(body))), ("transfer-encoding", "chunked"), ("host", "h"))
    assert ask(_gate(app), PREDICT, "POST", body, headers=headers).status == 200
    assert json.loads(app.bodies[0]) == {"fn_index": 4, "session_hash": "abc", "data": [], "event_data": None, "trigger_id": 7}
    told = dict(app.scopes[0]["headers"])
    assert told[b"content-length"] == str(len(app.bodies[0])).encode()
    assert b"transfer-encoding" not in told


@pytest.mark.parametrize(
    "body", [{}, {"session_hash": "a", "fn_index": 1}, {"session_hash": "a", "event_id": "b", "fn_index": "1"}]
)
def test_ending_a_job_names_it(body: dict[str, Any]) -> None:
    assert ask(_gate(Echo()), "/gradio_api/cancel", "POST", json.dumps(body).encode()).status == 400


def test_one_page_cannot_have_ever_more_jobs_waiting() -> None:
    app = Echo()
    calls = _gate(app)
    codes = []
    for number in range(20):
        app.body = json.dumps({"event_id": f"e{number}"}).encode()
        codes.append(ask(calls, JOIN, "POST", json.dumps(_call()).encode()).status)
    assert codes == [200] * 8 + [429] * 12


def test_sessions_that_do_not_listen_are_hung_up_on() -> None:
    app, hung_up = Echo(), []
    calls = _gate(app, hung_up)
    for number in range(12):
        app.body = json.dumps({"event_id": f"e{number}"}).encode()
        assert ask(calls, JOIN, "POST", json.dumps(_call(session_hash=f"s{number}")).encode()).status == 200
        for session in hung_up:
            calls.waiting.hung_up(session)
    assert hung_up == ["s0", "s1", "s2", "s3"]


def test_a_job_is_known_before_gradio_begins_it() -> None:
    known = []

    class Begins(Echo):
        async def __call__(self, *asked: Any) -> None:
            known.append(calls.waiting.listens("abc"))
            await super().__call__(*asked)

    calls = _gate(Begins(b'{"event_id": "e1"}'))
    ask(calls, JOIN, "POST", json.dumps(_call()).encode())
    assert known == [True]
    calls.waiting.finished("e1")
    assert not calls.waiting.listens("abc")


def test_a_job_that_gradio_refuses_is_none() -> None:
    calls = _gate(Echo(b"{}", 503))
    ask(calls, JOIN, "POST", json.dumps(_call()).encode())
    assert not calls.waiting.listens("abc")
