"""The real app in a process of its own, on a free loopback port, for tests and benchmarks."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
START_LIMIT_S = 90.0
STUDY_PASSWORD = "open sesame"  # lets researchers in, where a test sets it


@dataclass(frozen=True)
class Served:
    """A running explorer."""

    url: str
    process: subprocess.Popen[bytes]
    scratch: Path
    """Its temporary directory, its log, and its answers."""
    client: httpx.Client
    """One that keeps its connections."""

    @property
    def log(self) -> str:
        """What it wrote to its log so far."""
        return (self.scratch / "log").read_text(encoding="utf-8", errors="replace")

    @property
    def answers(self) -> Path:
        """The study's answers, unless MONOSCOPE_ANSWERS names another file."""
        return self.scratch / "answers.sqlite"

    def uploads(self) -> list[Path]:
        """Every file of a visitor that lies in the temporary directory."""
        return [path for path in self.scratch.rglob("upload-*") if path.is_file()]

    def handlers(self) -> list[dict[str, Any]]:
        """All handlers, as the page knows them."""
        return self.client.get("/config").json()["dependencies"]

    def parts(self) -> dict[int, dict[str, Any]]:
        """Every component, as the page knows it, by id."""
        return {part["id"]: part for part in self.client.get("/config").json()["components"]}

    def join(self, fn: int, data: list[object], session: str, query: str = "") -> httpx.Response:
        """Ask for a job, without listening for its answer."""
        body = {"data": data, "event_data": None, "fn_index": fn, "trigger_id": None, "session_hash": session}
        return self.client.post(f"/gradio_api/queue/join?{query}", json=body)

    def listen(self, session: str, seconds: float = 60.0) -> list[dict[str, Any]]:
        """What comes through a session's stream until its jobs are complete."""
        told = []
        asked = {"session_hash": session}
        with self.client.stream("GET", "/gradio_api/queue/data", params=asked, timeout=seconds) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    told.append(json.loads(line[5:]))
                    if told[-1]["msg"] in ("close_stream", "unexpected_error"):
                        break
        return told

    def upload(self, data: bytes, name: str = "picture.png") -> str:
        """Send a picture; gives the name that handlers take."""
        reply = self.client.post("/gradio_api/upload", files={"files": (name, data)})
        reply.raise_for_status()
        return reply.json()[0]

    def event(self, path: str, trigger: str, queued: bool = False) -> int:
        """The number of the handler of a page's event: `load`, or what a part of it fires; `queued`: that which waits in line."""
        return _event(self.url, path, trigger, queued)

    def call(self, fn: int, query: str) -> httpx.Response:
        """What the browser sends when a page at `?query` needs drawing."""
        body = {"data": [], "event_data": None, "fn_index": fn, "trigger_id": None, "session_hash": "test"}
        return self.client.post(f"/gradio_api/run/predict?{query}", json=body, timeout=30)

    @contextmanager
    def seen_from(self, address: str) -> Iterator["Served"]:
        """The same explorer, asked from another loopback address: what one visitor does too often is counted against no other."""
        line = httpx.HTTPTransport(local_address=address, verify=False)  # loading certificates takes longer than asking
        with httpx.Client(base_url=self.url, timeout=60, transport=line) as client:
            yield replace(self, client=client)

    def load(self, path: str, query: str) -> str:
        """All HTML that a page shows when it is opened."""
        reply = self.call(self.event(path, "load"), query)
        reply.raise_for_status()
        return "".join(part for part in reply.json()["data"] if isinstance(part, str))


@cache
def _event(url: str, path: str, trigger: str, queued: bool) -> int:
    config = httpx.get(f"{url}/config", params={"page": path.strip("/")}, timeout=30).json()
    return next(
        d["id"] for d in config["dependencies"] if d["targets"] and d["targets"][0][1] == trigger and bool(d["queue"]) == queued
    )


@contextmanager
def served(*atlases: Path, folder: Path = ROOT, python: str = sys.executable, **environment: str) -> Iterator[Served]:
    """Start app.py on the atlases of these directories; end it, by its own process, when the block ends.

    Args:
        atlases: directories; those that the app shows by itself if there are none.
        folder: that holds app.py.
        python: that runs it.
        environment: of the process.
    """
    with socket.socket() as held, tempfile.TemporaryDirectory() as scratch:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the app may listen there; nobody else is given the port
        held.bind(("127.0.0.1", 0))
        yield from _run(held.getsockname()[1], atlases, Path(scratch), folder, python, environment)


def _run(
    port: int, atlases: Sequence[Path], scratch: Path, folder: Path, python: str, environment: dict[str, str]
) -> Iterator[Served]:
    own = {
        **({"MONOSCOPE_ATLASES": os.pathsep.join(map(str, atlases))} if atlases else {}),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "TMPDIR": str(scratch),
    }
    env = os.environ | own | {"MONOSCOPE_ANSWERS": str(scratch / "answers.sqlite")} | environment
    with (scratch / "log").open("wb") as log:
        process = subprocess.Popen([python, "app.py"], cwd=folder, env=env, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    site = Served(url, process, scratch, httpx.Client(base_url=url, timeout=60))
    try:
        _await(site)
        yield site
    finally:
        site.client.close()
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _await(site: Served) -> None:
    until = time.monotonic() + START_LIMIT_S
    while time.monotonic() < until:
        if site.process.poll() is not None:
            raise RuntimeError(f"the app ended with code {site.process.returncode}: {site.log}")
        try:
            if httpx.get(site.url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise TimeoutError(f"the app did not answer within {START_LIMIT_S:.0f} s")
