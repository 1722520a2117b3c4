"""What visitors and operators of the explorer wait for and pay for, measured on the running app.

    python -m tests.bench.app --json

On a SYNTHETIC atlas of 65,536 neurons × 16 images, of a store of 50,000 (random numbers; `large.py`):
`ready_seconds` from `python app.py` to the first page; `rss_mb` of the process, without a model, after all requests;
`p95_*_ms` of the server, one request at a time, and `cpu_*_ms` of its process for one, which other programs disturb
less.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path

from tests.bench.app.large import make_large_atlas
from tests.bench.app.server import server_figures

NEURONS = 65_536


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--requests", type=int, default=200, help="of each kind")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        make_large_atlas(Path(directory), NEURONS)
        figures = server_figures(Path(directory), NEURONS, args.requests)
    figures["load_average"] = round(os.getloadavg()[0], 1)
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>24} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
