"""Fifty visitors at once, each from a loopback address of its own: what any of them waits for one reply, and what went wrong."""

import random
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import httpx
import numpy as np

from tests.serving import Served

VISITORS, VISITS = 50, 4
PICTURES = 12  # of a browse page that a visitor's browser asks for at once
PAUSE_S = 2.0  # that a visitor looks at a page, on average


def crowd_figures(site: Served, neurons: int) -> dict[str, float]:
    """`p95_50_users_ms` over all requests, and how many `errors`: replies of another status, and connections that broke."""
    events = site.event("/", "load"), site.event("/neuron", "load")
    with ThreadPoolExecutor(VISITORS) as pool:
        visits = list(pool.map(lambda number: _visit(site, events, neurons, number), range(VISITORS)))
    times = [milliseconds for asked in visits for milliseconds, _ in asked]
    errors = sum(failed for asked in visits for _, failed in asked)
    return {"p95_50_users_ms": round(float(np.percentile(times, 95)), 1), "errors": errors}


def _visit(site: Served, events: tuple[int, int], neurons: int, number: int) -> list[tuple[float, bool]]:
    """Browse pages with their pictures, and neurons: milliseconds of each reply, and whether it was an error."""
    draw, (browse, neuron), asked = random.Random(number), events, list[tuple[float, bool]]()
    with site.seen_from(f"127.0.1.{number + 1}") as own:
        for _ in range(VISITS):
            time.sleep(draw.uniform(0, 2 * PAUSE_S))
            page = _ask(asked, lambda: own.call(browse, urlencode({"sort": "density", "p": draw.randrange(1, 500)})))
            for thumb in re.findall(r"thumbs/[\w./-]+\.webp", page)[:PICTURES]:
                _ask(asked, lambda thumb=thumb: own.client.get(f"/{thumb}"))
            time.sleep(draw.uniform(0, 2 * PAUSE_S))
            _ask(asked, lambda: own.call(neuron, f"id={draw.randrange(neurons)}"))
    return asked


def _ask(asked: list[tuple[float, bool]], request: Callable[[], httpx.Response]) -> str:
    """Ask, and note how long that took and whether it failed; gives the reply's text, empty for a picture."""
    start = time.perf_counter()
    try:
        reply = request()
        failed, text = reply.status_code != 200, reply.text if "json" in reply.headers["content-type"] else ""
    except httpx.HTTPError:
        failed, text = True, ""
    asked.append((1000 * (time.perf_counter() - start), failed))
    return text
