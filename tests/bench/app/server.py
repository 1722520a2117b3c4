"""The server's time and memory, over HTTP on loopback: many requests with varied addresses, one after another."""

import random
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from urllib.parse import urlencode

import httpx
import numpy as np
import psutil

from explorer.ui.app import PAGES
from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import KINDS
from tests.bench.app.crowd import crowd_figures
from tests.serving import ROOT, Served, served

WARM_UP = 10
MODELS = ROOT / "assets/storybook/models"
PATHS = {page.link.path for page in PAGES}


def server_figures(atlases: Path, neurons: int, requests: int) -> dict[str, float | None]:
    """Start the app on these atlases and ask for its pages; then once more where it finds a text tower, and search.

    It loads what it finds as soon as it serves, so memory without a model is that of the first start.

    Args:
        neurons: of the atlas shown first.
        requests: of each kind.
    """
    begun = time.perf_counter()
    with served(atlases) as site:
        figures: dict[str, float | None] = {"ready_seconds": round(time.perf_counter() - begun, 2)}
        process = psutil.Process(site.process.pid)
        for name, ask in _questions(site, neurons).items():
            figures |= _timed(name, requests, ask, process)
        figures |= _timed("map", requests, _map(site), process) if "map" in PATHS else {"p95_map_ms": None}
        figures["rss_mb"] = round(process.memory_info().rss / 1e6, 1)
    many = {"MONOSCOPE_SESSIONS_A_SECOND": "1000"}  # one address plays many visitors
    with served(atlases, MONOSCOPE_MODELS=str(MODELS), **many) as site:
        process = psutil.Process(site.process.pid)
        figures |= _timed("search", requests, _search(site), process) if "search" in PATHS else {"p95_search_ms": None}
        return figures | crowd_figures(site, neurons)


def _map(site: Served) -> Callable[[], httpx.Response]:
    return lambda: site.client.get("/map-points/large.bin")


def _search(site: Served) -> Callable[[], httpx.Response]:
    """Texts that were not searched for before, through the queue, as the page does."""
    find = site.event("/search", "load", queued=True)
    texts = enumerate(f"{colour} {kind}" for colour, kind in product(COLOURS, KINDS))

    def ask() -> httpx.Response:
        number, text = next(texts)
        session = f"search{number}"
        reply = site.join(find, [], session, urlencode({"q": text}))
        told = site.listen(session)
        if not any(message["msg"] == "process_completed" and message["success"] for message in told):
            raise RuntimeError(f"the search did not end well: {told[-1]}")
        return reply

    return ask


def _questions(site: Served, neurons: int) -> dict[str, Callable[[], httpx.Response]]:
    draw = random.Random(7)
    browse, neuron = site.event("/", "load"), site.event("/neuron", "load")
    return {
        "browse": lambda: site.call(browse, browse_query(draw)),
        "neuron": lambda: site.call(neuron, f"id={draw.randrange(neurons)}"),
        "sort": lambda: site.call(browse, sort_query(draw)),
    }


def browse_query(draw: random.Random) -> str:
    """One of many views of the browse page."""
    choices = {
        "sort": draw.choice(["", "ms-low", "density", "activation", "label", "id"]),
        "e": draw.choice(["", "clip-drawn"]),
        "min": draw.choice(["", round(draw.uniform(-0.1, 0.3), 2)]),
        "level": draw.choice(["", 0, 1, 2, 3]),
        "text": draw.choice(["", "", "disc", "teal", "#12"]),
        "dead": draw.choice(["", 1]),
        "p": draw.randrange(1, 60),
    }
    return urlencode({name: value for name, value in choices.items() if value != ""})


def sort_query(draw: random.Random) -> str:
    """The first page of all neurons, sorted and filtered as hardly any request before."""
    sort = draw.choice(["", "ms-low", "density", "density-low", "activation", "label", "id"])
    low, high = sorted(round(draw.uniform(-0.1, 0.6), 4) for _ in range(2))
    return urlencode(
        {"sort": sort, "e": draw.choice(["", "clip-drawn"]), "min": low, "max": high, "text": draw.choice("abcdefghi")}
    )


def _timed(name: str, requests: int, ask: Callable[[], httpx.Response], process: psutil.Process) -> dict[str, float]:
    """`p95_NAME_ms`, and `cpu_NAME_ms`: processor time of one request on average."""
    for _ in range(WARM_UP):
        ask().raise_for_status()
    times, before = [], _cpu_seconds(process)
    for _ in range(requests):
        start = time.perf_counter()
        reply = ask()
        times.append(1000 * (time.perf_counter() - start))
        reply.raise_for_status()
    cpu = 1000 * (_cpu_seconds(process) - before) / requests
    return {f"p95_{name}_ms": round(float(np.percentile(times, 95)), 1), f"cpu_{name}_ms": round(cpu, 1)}


def _cpu_seconds(process: psutil.Process) -> float:
    taken = process.cpu_times()
    return taken.user + taken.system
