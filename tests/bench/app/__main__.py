"""What visitors and operators of the explorer wait for and pay for, measured on the running app.

    python -m tests.bench.app --json

On a SYNTHETIC atlas of 65,536 neurons × 16 images, of a store of 50,000 (random numbers; `large.py`):
`ready_seconds` from `python app.py` to the first page; `rss_mb` of the process, without a model, after browsing; `p95_*_ms`
of the server, one request at a time, and `cpu_*_ms` of its process for one, which other programs disturb less; fifty visitors
at once; in Chromium, when a page's pictures are there, the most that any page jumps, and frames per second while the map is
dragged. On the shipped atlases: the first upload after a start, later ones, and serious violations that axe-core finds.
null: there is no such page.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

from tests.bench.app.chromium import visitor_figures
from tests.bench.app.large import make_large_atlas
from tests.bench.app.server import server_figures

NEURONS = 65_536


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--requests", type=int, default=200, help="of each kind")
    parser.add_argument("--only", choices=["server", "browser"], help="a part of the figures")
    args = parser.parse_args()
    figures: dict[str, float | None] = {}
    with tempfile.TemporaryDirectory() as directory:
        make_large_atlas(Path(directory), NEURONS)
        if args.only != "browser":
            figures |= server_figures(Path(directory), NEURONS, args.requests)
        if args.only != "server":
            figures |= visitor_figures(Path(directory))
    figures["load_average"] = round(os.getloadavg()[0], 1)
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>24} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
