"""What whoever runs the explorer sees of it: health, figures, log and the check at the start; and what none of them tells."""

import io
import json
import logging
import re
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Receive, Scope, Send

from explorer import __version__
from explorer.atlas.atlas import Atlas
from explorer.atlas.library import Library, open_library
from explorer.errors import UserError
from explorer.limits import DEFAULT, Limits, told
from explorer.logs import JsonLines, begin_logging
from explorer.self_check import missing
from explorer.settings import HELP, Settings
from explorer.ui.gate.asgi import logged
from explorer.ui.gate.measured import Measured
from explorer.ui.gate.waiting import Waiting
from explorer.ui.jobs import Jobs
from explorer.ui.metrics import REGISTRY
from explorer.ui.pages.steer.controls import steer_controls
from explorer.ui.pages.steer.view import read_steer
from tests.explorer.models.steerable import Steerable
from tests.explorer.ui.gate.apps import Echo, ask
from tests.serving import Served, served

ROOT = Path(__file__).resolve().parents[3]
PROMPT = "is a heron in the picture of mine?"


@pytest.fixture(scope="module")
def observed(world: Steerable):
    """An explorer with figures and a log of JSON, told a prompt, an upload and a search by one visitor."""
    with served(
        world.atlases, MONOSCOPE_VLM=str(world.llava), MONOSCOPE_METRICS="1", MONOSCOPE_LOG="json", MONOSCOPE_PROMPT="60"
    ) as it:
        yield it


def figures(site: Served) -> dict[str, float]:
    reply = site.client.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain")
    return {
        sample.name + "".join(f"[{value}]" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(reply.text)
        for sample in family.samples
    }


def steer(site: Served, prompt: str) -> str:
    """Ask the Steer page; gives all that it says."""
    params = f"atlas=patches&prompt={prompt.replace(' ', '+')}&example=white"
    site.join(site.event("/steer", "load", queued=True), [None] * len(inputs(site)), "observer", params)
    return json.dumps(site.listen("observer"))


def inputs(site: Served) -> list[int]:
    number = site.event("/steer", "load", queued=True)
    config = httpx.get(f"{site.url}/config", params={"page": "steer"}, timeout=30).json()
    return next(d["inputs"] for d in config["dependencies"] if d["id"] == number)


def test_health(site: Served) -> None:
    reply = site.client.get("/healthz")
    assert reply.status_code == 200
    health = reply.json()
    assert (health["status"], health["version"]) == ("ok", __version__)
    assert health["atlases"] >= 4
    assert set(health) == {"status", "version", "atlases", "jobs", "streams", "models"}
    assert site.client.head("/healthz").status_code == 200


def test_figures_are_off_unless_set(site: Served) -> None:
    assert site.client.get("/metrics").status_code == 404


def test_figures_and_log_tell_what_happened_and_not_who_or_what(observed: Served) -> None:
    before = figures(observed)
    assert observed.client.get(f"/?q={PROMPT.replace(' ', '+')}").status_code == 200
    assert observed.client.get("/nowhere/secret-place").status_code == 404
    name = observed.upload((ROOT / "assets/screenshots/steer.webp").read_bytes(), "my-holiday.webp")
    steer(observed, PROMPT)
    after = figures(observed)

    def grown(what: str) -> float:
        return after.get(what, 0) - before.get(what, 0)

    assert grown("monoscope_requests_total[browse][200]") == 1
    assert grown("monoscope_requests_total[other][404]") == 1
    assert grown("monoscope_requests_total[upload][200]") == 1
    assert grown("monoscope_answers_total[done]") == 1
    assert grown("monoscope_request_seconds_count[call]") >= 1
    assert after["monoscope_model_bytes"] > 10_000
    assert after["monoscope_models"] >= 2
    assert after["process_resident_memory_bytes"] > 10**7
    begun, *lines = sorted(map(json.loads, observed.log.splitlines()), key=lambda line: "atlases on http" not in line["message"])
    assert observed.url in begun["message"]
    assert {"route": "browse", "method": "GET", "status": "200"}.items() <= next(
        line for line in lines if line.get("route") == "browse"
    ).items()
    told = observed.client.get("/metrics").text + "\n".join(map(json.dumps, lines))
    for secret in (PROMPT, "heron", name, "my-holiday", "secret-place", "127.0.0.1", "observer"):
        assert secret not in told, secret


def test_a_prompt_has_a_limit_of_its_own(observed: Served, world: Steerable) -> None:
    assert "The prompt is longer than the 60 characters that are taken" in steer(observed, "heron " * 20)
    patches = Atlas(world.atlases / "patches")
    assert 'maxlength="60"' in steer_controls(patches, read_steer({}, patches), 60)


def test_the_start_tells_what_is_off(observed: Served) -> None:
    said = [json.loads(line)["message"] for line in observed.log.splitlines() if line.startswith("{")]
    assert any(line.startswith("Map shows nothing of") for line in said)
    assert "the researcher's page is shut: MONOSCOPE_STUDY_PASSWORD opens it" in said
    assert not any(line.startswith("Steer is off") for line in said)


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "browse"),
        ("/neuron", "neuron"),
        ("/thumbs/a/0f.webp", "thumbs"),
        ("/monoscope.js", "monoscope.js"),
        ("/assets/index-1.js", "static"),
        ("/gradio_api/queue/join", "call"),
        ("/gradio_api/queue/data", "stream"),
        ("/gradio_api/heartbeat/abc", "stream"),
        ("/gradio_api/upload", "upload"),
        ("/mcp", "mcp"),
        ("/wp-login.php", "other"),
        ("/%00", "other"),
    ],
)
def test_routes_are_a_few_words(path: str, route: str) -> None:
    opened = ["/", "/neuron", r"/thumbs/[^/]+/[0-9a-f]{1,64}\.webp", r"/monoscope\.js"]
    assert Measured(Echo(), opened).route(path) == route


def test_a_request_that_fails_is_counted() -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError

    labels = {"route": "broken-here", "status": "left"}
    with pytest.raises(RuntimeError):
        ask(Measured(broken, ["/broken-here"]), "/broken-here")
    assert REGISTRY.get_sample_value("monoscope_requests_total", labels) == 1


@pytest.mark.parametrize(
    ("seconds", "fails", "listened", "end"), [(9, 0, 9, "done"), (-1, 0, 9, "late"), (9, 1, 9, "failed"), (9, 0, 1, "left")]
)
def test_answers_are_counted_by_their_end(seconds: float, fails: int, listened: int, end: str) -> None:
    def work():
        yield from (1, 2)
        if fails:
            raise UserError("no")

    def counted() -> float:
        return REGISTRY.get_sample_value("monoscope_answers_total", {"end": end}) or 0

    before, steps = counted(), Jobs(Waiting(), seconds).steps(None, work())
    try:
        for _ in range(listened):
            next(steps, None)
    except UserError:
        pass
    steps.close()
    assert counted() == before + 1


def test_lines_of_json() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    log = logging.Logger("explorer.somewhere")
    log.addHandler(handler)
    try:
        raise ValueError("a\nb")
    except ValueError:
        log.exception("it “failed”\nhere", extra={"status": "500"})
    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("error", "explorer.somewhere", "it “failed”\nhere")
    assert told["status"] == "500"
    assert told["error"].endswith("ValueError: a\nb")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", told["time"])


@pytest.mark.parametrize("text", ["xml", "JSON", "1"])
def test_a_log_of_no_known_kind_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="MONOSCOPE_LOG"):
        Settings.from_environment({"MONOSCOPE_LOG": text})


def test_paths_in_the_log_keep_no_secret() -> None:
    passes = f"/study-answers/12-{'a' * 64}/mine.csv"
    assert logged({"path": passes}) == "/study-answers/…"
    assert logged({"path": "/study-pictures/abc/left/1.webp"}) == "/study-pictures/…"
    assert logged({"path": "/gradio_api/file=upload-12"}) == "/gradio_api/file=…"
    assert logged({"path": "/thumbs/a/0f.webp"}) == "/thumbs/a/0f.webp"


def test_nothing_is_missing_of_the_built_in_world_but_what_it_lacks() -> None:
    world = open_library([ROOT / "assets/storybook/atlases"])
    settings = Settings.from_environment({"MONOSCOPE_STUDY_PASSWORD": "x"})
    assert not [line for line in missing(settings, world) if not line.startswith(("Map", "Search"))]


def test_what_is_missing_is_named(library: Library, tmp_path: Path) -> None:
    assert "no atlas is open" in next(missing(Settings(()), Library({}, [])))
    told = "\n".join(missing(Settings(()), library))
    assert "Steer is off: MONOSCOPE_VLM names no vision-language model" in told
    assert "Image reads no new picture for plain: its activations were brought as a file" in told
    assert "Steer is off: MONOSCOPE_VLM=" in next(missing(Settings((), vlm=str(tmp_path)), library))


def test_readme_lists_every_limit() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(MONOSCOPE_\w+)` \| (.*) \|$", readme, re.MULTILINE))
    assert len(list(told())) == len(Limits.__dataclass_fields__) > 8
    for limit in told():
        assert rows[limit.variable] == f"{limit.what} | {limit.default}", limit.variable
        assert limit.variable in HELP
    assert set(rows) <= set(re.findall(r"MONOSCOPE_\w+", HELP))


@pytest.mark.parametrize("limit", [limit.variable for limit in told()])
def test_every_limit_is_a_setting(limit: str) -> None:
    assert Settings.from_environment({limit: "7"}) != Settings.from_environment({})
    for bad in ("0", "-1", "many", "1" * 12):
        with pytest.raises(UserError, match=limit):
            Settings.from_environment({limit: bad})


def test_visitors_have_the_limits_that_are_set() -> None:
    waiting = Waiting(limits=Limits(page_jobs=2, visitor_streams=1, sessions=3, sessions_a_second=1))
    assert [waiting.ask("page", "v") is not None for _ in range(3)] == [True, True, False]
    assert [waiting.connect("v") for _ in range(2)] == [True, False]
    assert [waiting.ask(f"page {number}", "w") is not None for number in range(4)] == [True, True, True, False]
    assert DEFAULT.memory is None
    assert Limits(memory_gb=2).memory == 2 * 10**9


def test_the_log_begins_as_text_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[dict[str, object]] = []
    monkeypatch.setattr(logging, "basicConfig", lambda **given: begun.append(given))
    begin_logging(False)
    assert "format" in begun[0]
