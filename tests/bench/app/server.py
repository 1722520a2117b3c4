"""Server time of pages, over HTTP on loopback: percentiles of many requests with varied addresses, one after another."""

import random
import time
from collections.abc import Callable
from urllib.parse import urlencode

import httpx
import numpy as np

from tests.serving import Served

REQUESTS, WARM_UP = 200, 10


def server_times(site: Served, neurons: int, requests: int = REQUESTS) -> dict[str, float]:
    """95th percentiles in milliseconds: of the events that draw browse pages, neuron pages, and first pages of new orders."""
    draw = random.Random(7)
    browse, neuron = site.event("/", "load"), site.event("/neuron", "load")
    return {
        "p95_browse_ms": _p95(requests, lambda: site.call(browse, browse_query(draw))),
        "p95_neuron_ms": _p95(requests, lambda: site.call(neuron, f"id={draw.randrange(neurons)}")),
        "p95_sort_ms": _p95(requests, lambda: site.call(browse, sort_query(draw))),
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
    """A browse page of all neurons, sorted and filtered in a way that was not asked for before."""
    sort = draw.choice(["", "ms-low", "density", "density-low", "activation", "label", "id"])
    low, high = sorted(round(draw.uniform(-0.1, 0.6), 4) for _ in range(2))
    return urlencode(
        {"sort": sort, "e": draw.choice(["", "clip-drawn"]), "min": low, "max": high, "text": draw.choice("abcdefghi")}
    )


def _p95(requests: int, ask: Callable[[], httpx.Response]) -> float:
    times = []
    for number in range(WARM_UP + requests):
        start = time.perf_counter()
        reply = ask()
        elapsed = time.perf_counter() - start
        reply.raise_for_status()
        if number >= WARM_UP:
            times.append(1000 * elapsed)
    return round(float(np.percentile(times, 95)), 1)
