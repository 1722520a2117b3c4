"""The real app in a process of its own, on a free loopback port, for tests and benchmarks."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
START_LIMIT_S = 90.0


@dataclass(frozen=True)
class Served:
    """A running explorer."""

    url: str

    def event(self, path: str, trigger: str) -> int:
        """The number of the handler of a page's event: `load`, or what a part of it fires."""
        return _event(self.url, path, trigger)

    def call(self, fn: int, query: str, client: httpx.Client | None = None) -> httpx.Response:
        """What the browser sends when a page at `?query` needs drawing."""
        body = {"data": [], "event_data": None, "fn_index": fn, "trigger_id": None, "session_hash": "test"}
        send = client.post if client else httpx.post
        return send(f"{self.url}/gradio_api/run/predict?{query}", json=body, timeout=30)

    def load(self, path: str, query: str) -> str:
        """All HTML that a page shows when it is opened."""
        reply = self.call(self.event(path, "load"), query)
        reply.raise_for_status()
        return "".join(part for part in reply.json()["data"] if isinstance(part, str))


@cache
def _event(url: str, path: str, trigger: str) -> int:
    config = httpx.get(f"{url}/config", params={"page": path.strip("/")}, timeout=30).json()
    return next(d["id"] for d in config["dependencies"] if d["targets"] and d["targets"][0][1] == trigger and not d["queue"])


@contextmanager
def served(atlases: Path, **environment: str) -> Iterator[Served]:
    """Start app.py on the atlases of a directory; end it, by its own process, when the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = os.environ | {"MONOSCOPE_ATLASES": str(atlases), "HOST": "127.0.0.1", "PORT": str(port)} | environment
    process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, process)
        yield Served(url)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _await(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_LIMIT_S
    while time.monotonic() < until:
        if process.poll() is not None:
            said = process.stdout.read().decode() if process.stdout else ""
            raise RuntimeError(f"the app ended with code {process.returncode}: {said}")
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise TimeoutError(f"the app did not answer within {START_LIMIT_S:.0f} s")
