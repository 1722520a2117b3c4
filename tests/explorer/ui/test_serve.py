"""The served explorer from start to stop: streams told, exit code 0, nothing left; and after a kill, nothing left either."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from explorer.ui import text
from tests.attacks.foreign_files import attack
from tests.attacks.queues import abandoned
from tests.attacks.requests import fuzz_addresses, fuzz_calls, fuzz_inputs, knock
from tests.attacks.served_atlas import damage_while_served
from tests.serving import ROOT, Served, served

STORYBOOK = ROOT / "assets/storybook/atlases"
CASES = 500
pytestmark = pytest.mark.slow


@pytest.fixture
def attacked(site: Served) -> Iterator[Served]:
    """The explorer that everybody reads: an attack that reads, too, leaves no traceback in its log, and no upload."""
    logged, uploads = len(site.log), set(site.uploads())
    yield site
    assert "Traceback" not in site.log[logged:]
    assert set(site.uploads()) <= uploads


def test_no_file_but_an_upload_is_opened(attacked: Served) -> None:
    found = attack(attacked)
    assert found.pop("sentences") == {
        text.NO_UPLOAD,
        text.ASK_ONE_SEARCH,
        text.ASK_ONE_CONCEPT,
    }  # a search, and a concept, by forged values ask for two things at once
    assert {name: count for name, count in found.items() if count} == {}


def test_arbitrary_addresses(attacked: Served) -> None:
    assert not +fuzz_addresses(attacked, CASES)


def test_arbitrary_calls(attacked: Served) -> None:
    assert not +fuzz_calls(attacked, CASES)


def test_arbitrary_values(attacked: Served) -> None:
    assert not +fuzz_inputs(attacked, CASES // 5)


def test_what_is_closed(attacked: Served) -> None:
    assert {path: status for path, status in knock(attacked).items() if status != 404} == {}


def test_no_page_names_what_lies_where(attacked: Served) -> None:
    for path in ("/", "/config", "/gradio_api/info", "/gradio_api/startup-events", "/steer", "/study"):
        told = attacked.client.get(path).text
        assert str(ROOT) not in told
        assert "site-packages" not in told
        assert str(attacked.scratch) not in told


def test_bodies_are_bounded(attacked: Served) -> None:
    reply = attacked.client.post("/gradio_api/run/predict", content=b"[" + b"0," * 10**6 + b"0]")
    assert (reply.status_code, reply.json()["error"]) == (413, text.BODY_TOO_LARGE)
    large = attacked.client.post("/gradio_api/upload", files={"files": ("a.png", b"x" * (20 * 10**6 + 1))})
    assert (large.status_code, large.json()["error"]) == (413, text.UPLOAD_TOO_LARGE.format(largest=20))
    for body in (b"", b"nonsense"):
        sent = attacked.client.post(
            "/gradio_api/upload", content=body, headers={"content-type": "multipart/form-data; boundary=x"}
        )
        assert sent.status_code == 400


def test_left_jobs_do_not_hold_up_a_visitor() -> None:
    with served(STORYBOOK) as site:  # a flood
        assert abandoned(site, 60)["abandoned_delay_s"] < 30  # answered at all; tests.bench.siege measures how soon
        assert "Traceback" not in site.log


def test_sigterm_tells_streams_ends_with_0_and_leaves_no_upload() -> None:
    with served(STORYBOOK) as site:
        name = site.upload(b"not even a picture")
        assert [path.name for path in site.uploads()] == [name]
        told: list[str] = []

        def listen() -> None:
            with httpx.stream("GET", f"{site.url}/gradio_api/heartbeat/abc", timeout=30) as stream:
                told.extend(stream.iter_lines())

        listening = threading.Thread(target=listen)
        listening.start()
        while "ALIVE" not in "".join(told):
            assert listening.is_alive()
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(10) == 0
        listening.join(10)
        assert text.STOPPING in "".join(told)
        assert site.uploads() == []


def test_what_a_killed_process_left_goes_at_the_next_start(tmp_path: Path) -> None:
    with served(STORYBOOK, TMPDIR=str(tmp_path)) as site:
        site.upload(b"x")
        site.process.kill()
        site.process.wait(10)
    assert len(list(tmp_path.rglob("upload-*"))) == 1
    with served(STORYBOOK, TMPDIR=str(tmp_path)):
        assert list(tmp_path.rglob("upload-*")) == []


def test_an_atlas_that_is_damaged_while_it_is_served(tmp_path: Path) -> None:
    assert not +damage_while_served(tmp_path)


def test_a_taken_port_is_one_sentence(site: Served) -> None:
    env = os.environ | {
        "PORT": site.url.rsplit(":", 1)[1],
        "HOST": "127.0.0.1",
        "MONOSCOPE_ANSWERS": str(site.scratch / "b.sqlite"),
    }
    done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 2
    assert "set PORT" in done.stderr
    assert "Traceback" not in done.stderr
