"""Server time of the browse and neuron pages, over HTTP on loopback, on a synthetic 4,096-neuron atlas.

    python -m tests.bench.browse --json

`page_get` is the GET of `/`; `browse` and `neuron` are the events that draw those pages, with varied addresses.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import httpx
import numpy as np

from tests.making import Making, make_atlas
from tests.serving import Served, served

REQUESTS, WARM_UP = 200, 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--neurons", type=int, default=4096)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        make_atlas(root, Making(name="bench", neurons=args.neurons, dead=args.neurons // 50, drawn=400))
        with served(root) as site:
            figures = measure(site, args.neurons, args.requests)
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>16} {value:8.1f}" for name, value in figures.items()))


def measure(site: Served, neurons: int, requests: int) -> dict[str, float]:
    """Percentiles in milliseconds."""
    draw = random.Random(7)
    browse, neuron = site.event("/", "load"), site.event("/neuron", "load")
    times = {
        "page_get": _times(requests, lambda: site.client.get(f"/?{_browse_query(draw)}")),
        "browse": _times(requests, lambda: site.call(browse, _browse_query(draw))),
        "neuron": _times(requests, lambda: site.call(neuron, f"id={draw.randrange(neurons)}")),
    }
    return {f"{name}_p{p}_ms": round(float(np.percentile(of, p)), 1) for name, of in times.items() for p in (50, 95)}


def _times(requests: int, ask: Callable[[], httpx.Response]) -> list[float]:
    times = []
    for number in range(WARM_UP + requests):
        start = time.perf_counter()
        reply = ask()
        elapsed = time.perf_counter() - start
        reply.raise_for_status()
        if number >= WARM_UP:
            times.append(1000 * elapsed)
    return times


def _browse_query(draw: random.Random) -> str:
    low = round(draw.uniform(-0.1, 0.3), 2)
    choices = {
        "sort": draw.choice(["", "ms-low", "density", "activation", "label", "id"]),
        "e": draw.choice(["", "clip-drawn"]),
        "min": draw.choice(["", low]),
        "level": draw.choice(["", 0, 1, 2, 3]),
        "text": draw.choice(["", "", "disc", "teal", "#12"]),
        "dead": draw.choice(["", 1]),
        "p": draw.randrange(1, 60),
    }
    return urlencode({name: value for name, value in choices.items() if value != ""})


if __name__ == "__main__":
    main()
