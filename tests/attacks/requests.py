"""Addresses and calls that no page makes, drawn by Hypothesis; and a few that broke the app once."""

import json
from collections import Counter
from typing import Any

import httpx
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.attacks.handlers import Handler, Part, call, handlers_of, usual
from tests.attacks.replies import findings
from tests.serving import Served

PATHS = ("/", "/neuron", "/image", "/steer", "/study", "/about")
ONCE_BROKEN = (
    "page=1",
    "page=%00",
    "%70age=1",
    "pag%65=%00",
    "deep_link=../../x",
    "page=neuron&id=%00",
    "id=" + "9" * 400,
    "atlas=%ff%fe",
    "p=-1&p=2",
)
CLOSED = (
    "/openapi.json",
    "/gradio_api/openapi.json",
    "/docs",
    "/monitoring",
    "/monitoring/summary",
    "/login",
    "/gradio_api/file=/etc/passwd",
    "/gradio_api/file/etc/passwd",
    "/gradio_api/proxy=http://127.0.0.1/",
    "/gradio_api/deep_link",
    "/gradio_api/runs",
    "/gradio_api/vibe-code",
    "/gradio_api/custom_component/x/client/component/a.js",
    "/gradio_api/stream/a/0/0/playlist.m3u8",
    "/gradio_api/heartbeat/a%2Fb",
    "/study.csv",
    "/assets/../../app.py",
    "/assets/..%2f..%2fapp.py",
    "/static/%2e%2e/%2e%2e/routes.py",
)
POSTS = (
    "/gradio_api/process_recording",
    "/gradio_api/component_server",
    "/gradio_api/vibe-edit",
    "/gradio_api/call/show",
    "/gradio_api/run/show",
    "/gradio_api/api/predict",
    "/gradio_api/login",
)

_names = st.sampled_from(
    ["atlas", "id", "p", "page", "sort", "min", "max", "level", "e", "text", "dead", "images", "band"]
) | st.text(max_size=6)
_more = st.sampled_from(["example", "alpha", "prompt", "length", "temperature", "seed", "results", "deep_link", "__theme"])
_values = st.sampled_from(
    ["", "0", "-1", "nan", "1e309", "../../etc/passwd", "storybook", "drawings", "\0", "#3", "<script>"]
) | st.text(max_size=40)
queries = st.lists(st.tuples(_names | _more, _values), max_size=6)
_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30)
_values_sent = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4), max_leaves=8
)
_files = st.fixed_dictionaries({"path": _scalars}, optional={"url": _scalars, "meta": st.just({"_type": "gradio.FileData"})})
calls = st.fixed_dictionaries(
    {},
    optional={
        "data": st.lists(_values_sent | _files, max_size=4) | _values_sent,
        "fn_index": st.integers(-2, 40) | _values_sent,
        "session_hash": st.text(max_size=70) | st.just("fuzz") | _values_sent,
        "event_data": _values_sent,
        "trigger_id": _values_sent,
        "event_id": st.text(max_size=40),
    },
)
_call_paths = st.sampled_from(["run/predict", "queue/join", "cancel", "reset"])


def fuzz_addresses(site: Served, cases: int, number: int = 11) -> Counter[str]:
    """Draw every page at arbitrary queries. Gives counts of what no reply may hold."""
    found: Counter[str] = Counter(server_errors=0, tracebacks=0, paths_shown=0)
    loads = {path: site.event(path, "load") for path in PATHS}

    @seed(number)
    @settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(PATHS), queries)
    def ask(path: str, query: list[tuple[str, str]]) -> None:
        encoded = str(httpx.QueryParams(query))
        found.update(findings(site.call(loads[path], encoded), site))

    ask()
    for query in ONCE_BROKEN:
        for path in PATHS:
            found.update(findings(site.client.get(f"{path}?{query}"), site))
            found.update(findings(site.call(loads[path], query), site))
    return found


def fuzz_calls(site: Served, cases: int, number: int = 11) -> Counter[str]:
    """Send arbitrary payloads to Gradio's own routes. Gives counts of what no reply may hold."""
    found: Counter[str] = Counter(server_errors=0, tracebacks=0, paths_shown=0)

    @seed(number)
    @settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(_call_paths, calls | _values_sent)
    def send(path: str, body: Any) -> None:
        try:
            found.update(findings(site.client.post(f"/gradio_api/{path}", content=_json(body)), site))
        except UnicodeEncodeError:
            return  # half a surrogate pair: no client can send it

    send()
    return found


def fuzz_inputs(site: Served, cases: int, number: int = 11) -> Counter[str]:
    """Call handlers in the form that they take: anything in some of their places, usual values in the others, at any address.

    Args:
        number: of the draws; another one draws others.
    """
    found: Counter[str] = Counter(server_errors=0, tracebacks=0, paths_shown=0, turned_away=0)
    handlers = handlers_of(site)
    drawing = st.lists(st.none() | (_values_sent | _files | _values).map(lambda value: [value]), min_size=40, max_size=40)

    @seed(number)
    @settings(max_examples=cases, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(handlers), queries, drawing)
    def send(handler: tuple[Handler, list[Part]], query: list[tuple[str, str]], drawn: list[list[Any] | None]) -> None:
        one, parts = handler
        data = [usual(part) if sent is None else sent[0] for part, sent in zip(parts, drawn, strict=False)]
        try:
            call(site, one, data, found, str(httpx.QueryParams(query)))
        except (UnicodeEncodeError, ValueError):
            return  # half a surrogate pair, or a number that JSON has not: no client can send them

    send()
    return found


def knock(site: Served) -> dict[str, int]:
    """Ask for what is closed. Gives the status of each."""
    return {path: site.client.get(path).status_code for path in CLOSED} | {
        path: site.client.post(path, json={}).status_code for path in POSTS
    }


def _json(body: Any) -> bytes:

    return json.dumps(body).encode()
