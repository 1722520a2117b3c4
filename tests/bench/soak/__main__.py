"""Half an hour of visitors at once on the built-in explorer: what breaks, what grows, and how long they wait.

    python -m tests.bench.soak --json
    python -m tests.bench.soak --json --minutes 4

`python app.py` as it comes, in a process of its own, on loopback, with its built-in study open. People, not hammers: between
two acts each of the 20 who browse looks for 4 to 12 s, of the 5 who upload and the 3 who steer for 8 to 20 s, of the 20 in
the study for 3 to 9 s, evenly drawn. A page that they open is a new session with a heartbeat; a picture that they have seen
is in their browser.

`errors`: replies of another status, broken connections, and empty or wrong answers, such as another one to the same question;
tracebacks and failures in the log; answers to the study that are not in its database. `visits`: answers by kind.
`p95_browse_ms`: the cards; `p95_document_ms`: a page's document; `p95_upload_ms`: from sending a picture to its neurons;
`p95_steer_ms`: to the last word; `p95_study_ms`: from a press to the next pair. `rss_growth_percent`: of the server with its
children, the median of the last tenth against that of minute 5 to 6, or, of a run of less than half an hour, of the same
share of it. `file_growth_mb`, and by part `grew`.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.attacks.study import kept
from tests.bench.soak.ledger import Ledger
from tests.bench.soak.meters import Memory, grown, written
from tests.bench.soak.visitor import Visitor
from tests.bench.soak.visits import KINDS, Kind
from tests.serving import Served, served

PEOPLE = {"browse": 20, "upload": 5, "steer": 3, "study": 20}
SHOWN_ERRORS = 20


def soak(minutes: float, people: Mapping[str, int] = PEOPLE, kinds: Mapping[str, Kind] = KINDS) -> dict[str, Any]:
    """All figures of so many minutes of visitors; errors are told on stderr.

    Args:
        people: how many there are of each kind.
        kinds: what they do, and how long they think.
    """
    ledger, memory = Ledger(), Memory()
    with tempfile.TemporaryDirectory() as cache, served(HF_HOME=cache, XDG_CACHE_HOME=cache) as site:
        before = written(site, Path(cache))
        with memory.watched(site):
            _visited(site, minutes, people, kinds, ledger)
        _judge(site, ledger)
        grew = grown(before, written(site, Path(cache)))
    for why in ledger.errors[:SHOWN_ERRORS]:
        print(f"soak: {why}", file=sys.stderr)
    figures = {"minutes": minutes, "errors": len(ledger.errors), "visits": ledger.counts(), **ledger.p95s()}
    figures |= {"rss_mb": round(memory.samples[-1][1] / 1e6), "rss_growth_percent": memory.growth_percent(60 * minutes)}
    return figures | {
        "file_growth_mb": round(sum(grew.values()), 2),
        "grew": grew,
        "load_average": round(os.getloadavg()[0], 1),
    }


def _visited(site: Served, minutes: float, people: Mapping[str, int], kinds: Mapping[str, Kind], ledger: Ledger) -> None:
    """Let everybody in, and wait until the time is over."""
    until = time.monotonic() + 60 * minutes
    crowd = [kind for name, kind in kinds.items() for _ in range(people.get(name, 0))]
    with ThreadPoolExecutor(len(crowd)) as pool:
        list(pool.map(lambda number: _person(site, crowd[number], number, until, ledger), range(len(crowd))))


def _person(site: Served, kind: Kind, number: int, until: float, ledger: Ledger) -> None:
    """Visit again and again; what goes wrong is noted, and the person comes again."""
    with site.seen_from(f"127.0.2.{number + 1}") as own:
        visitor = Visitor(own, number, until, kind.looks, ledger)
        while visitor.stays():
            try:
                kind.act(visitor)
            except Exception as error:  # whatever it is, it counts
                ledger.fail(f"{kind.act.__name__}: {type(error).__name__}: {error}")


def _judge(site: Served, ledger: Ledger) -> None:
    """Errors that no visitor saw."""
    for sign in ("Traceback", " failed", "answered with 5"):
        for _ in range(site.log.count(sign)):
            ledger.fail(f"{sign!r} in the log: {site.log[-2000:]}")
    lost = ledger.counts().get("study", 0) - len(kept(site.answers))
    for _ in range(lost):
        ledger.fail("study: an answer that was taken is not in the database")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--minutes", type=float, default=30)
    args = parser.parse_args()
    figures = soak(args.minutes)
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>24} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
