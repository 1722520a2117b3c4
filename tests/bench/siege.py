"""Everything in tests/attacks against the running explorer, on loopback, bounded in count and time.

    python -m tests.bench.siege --json
    python -m tests.bench.siege --json --cases 10000 --seed 12     half an hour, of other draws

`foreign_opens`: files, devices, pipes and addresses that were opened though nobody sent them, of all handlers × hostile names.
`tracebacks`, `paths_shown`, `server_errors`: in replies; tracebacks in the log, too. `flips_uncaught`, `library_deaths`: atlas
files with a flipped bit that gave anything but the right answer or a sentence; atlases beside it that did not open.
`uploads_left`: after SIGTERM, and after the start that follows a kill. All other names are those of tests/attacks.
"""

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.attacks.atlas_files import flips
from tests.attacks.foreign_files import attack
from tests.attacks.pictures import bomb_figures, fuzz_figures
from tests.attacks.queues import abandoned
from tests.attacks.requests import fuzz_addresses, fuzz_calls, fuzz_inputs, knock
from tests.attacks.served_atlas import damage_while_served
from tests.attacks.study import blocked_browse, forged, full, texts, vanished
from tests.serving import ROOT, served

STORYBOOK = ROOT / "assets/storybook/atlases"
EXIT_S = 10  # longest that SIGTERM may take


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--cases", type=int, default=500, help="drawn pictures, addresses, calls and values, each")
    parser.add_argument("--seed", type=int, default=11, help="of the draws")
    parser.add_argument("--flips", type=int, default=2000, help="flipped bits of atlas files, one at a time")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        figures = besiege(args.cases, args.flips, args.seed, Path(scratch))
    print(json.dumps(figures) if args.json else "\n".join(f"{name:>24} {value}" for name, value in figures.items()))


def besiege(cases: int, bits: int, seed: int, scratch: Path) -> dict[str, Any]:
    """All attacks, one after another; what is under way is told on stderr."""
    figures: dict[str, Any] = {"cases": cases, "load_average": round(os.getloadavg()[0], 1)}
    _tell(f"pictures that are bombs, and {cases} damaged ones")
    figures |= {name: value for name, value in bomb_figures().items() if name != "bombs"} | fuzz_figures(cases)
    _tell(f"{bits} flipped bits")
    figures |= flips(scratch / "flips", bits, seed)
    _tell("atlases damaged while they are served")
    replies = damage_while_served(scratch / "served")
    figures["library_deaths"] += replies.pop("library_deaths")
    with served(STORYBOOK) as site:
        _tell("foreign files")
        opened = attack(site)
        figures["foreign_opens"], figures["refusals"] = opened.pop("foreign_opens"), len(opened.pop("sentences"))
        replies.update(opened)
        for name, fuzz in (("addresses", fuzz_addresses), ("calls", fuzz_calls), ("values", fuzz_inputs)):
            _tell(f"{cases} {name}")
            replies.update(fuzz(site, cases, seed))
        _tell("the study's answers")
        figures["doors_open"] = sum(status != 404 for status in knock(site).values())
        figures |= blocked_browse(site, site.answers) | forged(site, site.answers)
        replies["tracebacks"] += site.log.count("Traceback")
        replies["server_errors"] += site.log.count("answered with 5") + site.log.count(" failed")
    with served(STORYBOOK) as site:
        figures |= texts(site, site.answers) | full(site, site.answers) | vanished(site, site.answers)
    with served(STORYBOOK) as site:  # a site of its own: what comes after a flood from one address is refused for a minute
        figures |= abandoned(site, 1000)
    return figures | dict(replies) | {"uploads_left": _after_sigterm() + _after_kill(scratch / "killed")}


def _tell(what: str) -> None:
    print(f"siege: {what}", file=sys.stderr, flush=True)


def _after_sigterm() -> int:
    with served(STORYBOOK) as site:
        site.upload(b"x" * 10**6)
        site.process.terminate()
        assert site.process.wait(EXIT_S) == 0
        return len(site.uploads())


def _after_kill(place: Path) -> int:
    place.mkdir()
    with served(STORYBOOK, TMPDIR=str(place)) as site:
        site.upload(b"x" * 10**6)
        site.process.kill()
        site.process.wait(EXIT_S)
    with served(STORYBOOK, TMPDIR=str(place)):
        return len(list(place.rglob("upload-*")))


if __name__ == "__main__":
    main()
