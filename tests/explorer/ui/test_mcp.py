"""MCP as its own client library uses it, on the served explorer; what is wrong is one sentence, and nothing named is opened."""

import base64
import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp import types
from mcp.client import Client
from PIL import Image

from explorer import open_atlas
from explorer.atlas.library import Library
from explorer.errors import VisitorError
from explorer.limits import DEFAULT
from explorer.notebook import OpenAtlas
from explorer.settings import Settings
from explorer.study.session import Session
from explorer.study.store import AnswerStore
from explorer.ui import text
from explorer.ui.app import create_context
from explorer.ui.context import Context
from explorer.ui.mcp_tools import GONE, Tools
from explorer.ui.questions import QUESTIONS
from explorer.ui.questions.base import Answer, OwnImages, Question
from tests.attacks.foreign_files import hostile_names, web_server
from tests.attacks.replies import findings
from tests.loops import run
from tests.serving import ROOT, Served, served

pytestmark = pytest.mark.slow

STORYBOOK = ROOT / "assets/storybook/atlases"
PATCHES = "storybook-patches"
MODES = ("2026-07-28", "legacy")  # without and with a handshake


@pytest.fixture(scope="module")
def site() -> Iterator[Served]:
    with served(STORYBOOK) as running:
        yield running


@pytest.fixture(scope="module")
def atlas() -> OpenAtlas:
    return open_atlas(STORYBOOK / PATCHES)


def call(site: Served, tool: str, arguments: dict[str, Any], mode: str = "auto") -> types.CallToolResult:
    async def ask() -> types.CallToolResult:
        async with Client(f"{site.url}/mcp", mode=mode) as client:
            return await client.call_tool(tool, arguments)

    return run(ask())


def answer(site: Served, tool: str, arguments: dict[str, Any], mode: str = "auto") -> dict[str, Any]:
    result = call(site, tool, arguments, mode)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


def refusal(site: Served, tool: str, arguments: dict[str, Any]) -> str:
    result = call(site, tool, arguments)
    assert result.is_error
    assert len(result.content) == 1
    assert "\n" not in result.content[0].text
    return result.content[0].text


def png(image: Image.Image) -> str:
    packed = io.BytesIO()
    image.save(packed, "PNG")
    return base64.b64encode(packed.getvalue()).decode()


def post(site: Served, body: object, **headers: str) -> httpx.Response:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    usual = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    return site.client.post("/mcp", content=sent, headers=usual | headers)


def message(tool: str, **arguments: object) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": tool, "arguments": arguments}}


@pytest.mark.parametrize("mode", MODES)
def test_the_tools_are_described(site: Served, mode: str) -> None:
    async def ask() -> list[types.Tool]:
        async with Client(f"{site.url}/mcp", mode=mode) as client:
            return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in run(ask())}
    assert list(tools) == list(QUESTIONS)
    assert all(len(tool.description or "") > 100 for tool in tools.values())
    schemas = {name: tool.input_schema for name, tool in tools.items()}
    assert schemas["steer"]["required"] == ["neuron", "alpha"]
    assert {name for name, schema in schemas.items() if "image" in schema["properties"]} == {
        "read",
        "contrast",
        "steer",
        "steer_concept",
        "search",
    }
    assert all(schema["additionalProperties"] is False for schema in schemas.values())


@pytest.mark.parametrize("mode", MODES)
def test_tools_answer_as_operations_do(site: Served, atlas: OpenAtlas, mode: str) -> None:
    assert PATCHES in {about["atlas"] for about in answer(site, "atlases", {}, mode)["atlases"]}
    page = atlas.browse(sort="activation", size=3)
    assert answer(site, "neurons", {"atlas": PATCHES, "sort": "activation", "size": 3}, mode)["neurons"] == [
        neuron.as_dict() for neuron in page.neurons
    ]
    told = answer(site, "neuron", {"atlas": PATCHES, "neuron": 7, "images": 0}, mode)
    assert told == {"atlas": PATCHES, **atlas.neuron(7).as_dict(), "images": []}


def test_a_neuron_comes_with_images_to_be_seen(site: Served, atlas: OpenAtlas) -> None:
    result = call(site, "neuron", {"atlas": PATCHES, "neuron": 7, "images": 6})
    assert len(result.structured_content["images"]) == 6
    shown = [content for content in result.content if content.type == "image"]
    assert [base64.b64decode(image.data) for image in shown] == [
        atlas.atlas.images.thumbnail(image) for image in atlas.top_images(7).image[:4]
    ]


def test_read_and_steer(site: Served, atlas: OpenAtlas) -> None:
    image = Image.linear_gradient("L").convert("RGB")
    told = answer(site, "read", {"atlas": PATCHES, "image": png(image), "limit": 4})
    direct = atlas.read(image, 4)
    assert [neuron["neuron"] for neuron in told["neurons"]] == list(direct.neuron)
    assert [neuron["activation"] for neuron in told["neurons"]] == pytest.approx(list(direct.activation), rel=1e-3)
    number = int(atlas.neurons.steerability.idxmax())
    alpha = atlas.neuron(number).alpha.high
    told = answer(site, "steer", {"neuron": number, "alpha": alpha, "image": png(image), "length": 12})
    steered = atlas.steer(image, number, alpha, length=12)
    assert (told["unsteered"], told["steered"], told["done"]) == (steered.unsteered, steered.steered, True)
    example = atlas.top_images(7).image[0]
    told = answer(site, "steer", {"neuron": number, "alpha": alpha, "example": example, "length": 12})
    steered = atlas.steer(atlas.thumbnail(example), number, alpha, length=12)
    assert (told["unsteered"], told["steered"]) == (steered.unsteered, steered.steered)


def test_two_pictures_are_compared(site: Served, atlas: OpenAtlas) -> None:
    one, other = Image.linear_gradient("L").convert("RGB"), Image.new("RGB", (64, 64), "red")
    told = answer(site, "contrast", {"atlas": PATCHES, "image": png(one), "second_image": png(other), "limit": 200})
    first, second = (set(atlas.read(image, 200).neuron) for image in (one, other))
    assert {pair["first"]["neuron"] for pair in told["shared"]} == first & second
    assert {found["neuron"] for found in told["only_first"]} == first - second
    assert {found["neuron"] for found in told["only_second"]} == second - first
    assert all(pair["first"]["neuron"] == pair["second"]["neuron"] for pair in told["shared"])
    assert "name" in told["shared"][0]["second"]


WRONG = {
    "no such tool": ("study", {}, text.ASK_UNKNOWN_TOOL),
    "no such atlas": ("neurons", {"atlas": "/etc"}, text.ASK_UNKNOWN_ATLAS),
    "no such argument": ("neurons", {"path": "/etc"}, "path cannot be used: extra inputs are not permitted."),
    "nothing": ("neuron", {}, "neuron cannot be used: field required."),
    "beyond the last": ("neuron", {"neuron": 6000}, "has neurons 0 to 1,023"),
    "a list": ("neuron", {"neuron": [1]}, "input should be a valid integer"),
    "an object": ("neurons", {"text": {"path": "/etc/passwd"}}, "input should be a valid string"),
    "a huge string": ("neurons", {"text": "x" * 100_000}, "string should have at most 80 characters"),
    "no image": ("read", {}, text.ASK_ONE_IMAGE),
    "two images": ("read", {"image": png(Image.new("RGB", (8, 8))), "example": "white"}, text.ASK_ONE_IMAGE),
    "a file": ("read", {"image": {"path": "/etc/passwd"}}, text.ASK_BASE64),
    "a data URI": ("read", {"image": "data:image/png;base64,aGVsbG8="}, text.ASK_BASE64),
    "no picture": ("read", {"image": "aGVsbG8="}, "This picture cannot be used: not a picture"),
    "no such example": ("steer", {"neuron": 1, "alpha": 1, "example": "../x"}, text.ASK_UNKNOWN_EXAMPLE),
}


@pytest.mark.parametrize(("tool", "arguments", "sentence"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_one_sentence(site: Served, tool: str, arguments: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal(site, tool, arguments)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_what_is_no_number_is_one_sentence(site: Served, value: str) -> None:
    body = json.dumps(message("steer", neuron=7, alpha="value", example="white")).replace('"value"', value)
    reply = post(site, body.encode()).json()
    told = reply["result"]["content"][0]["text"] if "result" in reply else reply["error"]["message"]
    assert told == "alpha cannot be used: input should be a finite number."


def test_no_file_is_opened_and_no_address_fetched(site: Served) -> None:
    with web_server() as (web, fetched), hostile_names(site, web) as names:
        for name in names.values():
            for tool, more in (("read", {}), ("steer", {"neuron": 7, "alpha": 1.0})):
                told = post(site, message(tool, **more, image=name)).json()["result"]["content"][0]["text"]
                assert told == text.ASK_BASE64 or told.startswith("This picture cannot be used: ")
                told = post(site, message(tool, **more, example=name or " ")).json()["result"]["content"][0]["text"]
                assert told == text.ASK_UNKNOWN_EXAMPLE or "at most 64 characters" in told
        assert fetched == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 10_000, b"{}", b'{"jsonrpc": "2.0", "method": 3}'])
def test_a_body_that_is_no_message(site: Served, body: bytes) -> None:
    reply = post(site, body)
    assert (reply.status_code, reply.json()["error"]["message"]) == (400, text.BAD_MESSAGE)


@pytest.mark.parametrize("method", ["resources/read", "prompts/list", "subscriptions/listen", "completion/complete", "../x"])
def test_other_methods_are_not_there(site: Served, method: str) -> None:
    for version in MODES[:1], ("2025-06-18",):
        params = {"uri": "file:///etc/passwd"}
        reply = post(
            site, {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}, **{"mcp-protocol-version": version[0]}
        )
        assert not +findings(reply, site)
        assert "error" in reply.json()


def test_only_messages_of_this_site_are_taken(site: Served) -> None:
    assert site.client.get("/mcp").status_code == 405
    assert site.client.delete("/mcp").status_code == 404
    assert site.client.get("/mcp/sse").status_code == 404
    assert site.client.get("/gradio_api/mcp/").status_code == 404
    assert post(site, message("atlases"), origin="http://elsewhere.example").status_code == 403
    assert post(site, message("atlases"), origin=site.url).status_code == 200


def test_bodies_are_bounded(site: Served) -> None:
    large = post(site, b"x" * (28 * 10**6))
    assert (large.status_code, large.json()["error"]["message"]) == (413, text.UPLOAD_TOO_LARGE.format(largest=20))
    told = post(site, message("read", image="AAAA" * (20 * 10**6 // 3 + 1))).json()["result"]
    assert (told["isError"], told["content"][0]["text"]) == (True, text.UPLOAD_TOO_LARGE.format(largest=20))


def test_a_visitor_has_a_place_in_the_queue_not_all_of_them(site: Served) -> None:
    steer = message("steer", neuron=7, alpha=1.0, example="white", length=96, temperature=1.0)
    with ThreadPoolExecutor(24) as pool, httpx.Client(base_url=site.url, timeout=120) as line:
        here = Served(site.url, site.process, site.scratch, line)
        replies = [reply.json()["result"] for reply in pool.map(lambda _: post(here, steer), range(24))]
    refused = [reply["content"][0]["text"] for reply in replies if reply["isError"]]
    assert set(refused) == {text.TOO_MANY_JOBS}
    assert DEFAULT.page_jobs <= len(replies) - len(refused) < 24


def test_the_study_is_no_part_of_it(site: Served) -> None:
    told = str(post(site, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).json())
    assert not [word for word in ("study", "participant", "your answer") if word in told.lower()]


def test_the_log_has_no_traceback(site: Served) -> None:
    assert "Traceback" not in site.log
    assert len(site.log.splitlines()) < 10


class Slow(Question):
    """Answers for ever."""

    own_images = ("image",)

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        try:
            for number in count():
                SEEN.append(number)
                if number == 3:
                    TOLD.set()
                yield {"number": number}
        finally:
            ENDED.set()


SEEN: list[int] = []
TOLD, ENDED = threading.Event(), threading.Event()


@pytest.fixture
def tools(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tools]:
    session = Session(AnswerStore(tmp_path / "answers.sqlite"), library)
    context = create_context(library, session, Settings((), job_seconds=1))
    monkeypatch.setitem(QUESTIONS, "slow", Slow)
    for event in (TOLD, ENDED):
        event.clear()
    yield Tools(context, lambda scope: "somebody")
    context.uploads.close()


def test_a_job_has_a_time_limit(tools: Tools) -> None:
    with pytest.raises(VisitorError, match="longer than the 1 seconds"):
        run(tools._answer("slow", {}, {GONE: threading.Event()}))
    assert ENDED.is_set()


def test_a_job_ends_when_nobody_waits(tools: Tools) -> None:
    gone = threading.Event()
    threading.Thread(target=lambda: (TOLD.wait(10), gone.set())).start()
    run(tools._answer("slow", {}, {GONE: gone}))
    assert ENDED.is_set()
    assert tools.context.jobs.waiting.ask("mcp-somebody", "somebody") is not None  # its place is free again


def test_a_heavy_library_is_not_loaded_at_start() -> None:
    """In a process of its own: this one has it already."""
    code = "import sys, explorer.ui.mounted; print([name for name in ('mcp', 'torch') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"


def test_gradio_is_loaded_without_parsing_its_components() -> None:
    """It would parse each of 60 components' source for a stub that editors read; afterwards classes tell their files again."""
    code = """
import ast, inspect
parse, parsed = ast.parse, []
ast.parse = lambda *given, **named: (parsed.append(given), parse(*given, **named))[1]
import explorer.ui
from gradio.components import Image
print(sum("EVENTS" in str(given[0]) for given in parsed), inspect.getfile(Image).endswith("image.py"))
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "0 True\n"
