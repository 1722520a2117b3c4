"""`python -m tests.bench.study --json`: SIMULATED participants at once, over HTTP, against two server processes on one database.

They press the page's buttons as its script does, and fetch no pictures, of which a browser asks for 32 a pair.

participants, answers                  simulated people, and answers that were acknowledged
lost, duplicated                       acknowledged answers that are not in the database; pairs that somebody answered twice
p95_ms                                 from an answer's first click to the next pair: all waits and further clicks are in it
p95_ms_with_pauses                     the same where people look up to SLOWER seconds longer; in `p95_ms` nobody waits: an answer
                                       comes SOONEST seconds after its pair, for none is taken that comes sooner
pressed_again                          clicks after the page had said that the study is busy, AGAIN seconds later
assignment_spread                      between the pair with the most answers and the one with the fewest
errors                                 participants who met an error, or were told that it is busy GIVES_UP times in a row
acknowledged, acknowledged_lost        answers acknowledged before a server was killed with SIGKILL; those not there afterwards
cheat_hits, cheat_told                 grids that a cheat finds on public pages while the study runs; replies that name its atlas
paper_as_asked, paper_uniform          agreement of the paper's own table, in per cent
interval_coverage                      least and most share of simulated studies whose interval holds the truth; 3, 10, 30 people
"""

import argparse
import asyncio
import json
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from explorer.study.__main__ import main as study_command
from explorer.study.analysis.interval import share_of_answers, share_of_pairs
from explorer.study.analysis.published import PAPER
from explorer.study.answers_file import BUSY
from explorer.study.session import QUICKEST
from explorer.study.store import AnswerStore
from explorer.study.studies import read_study
from tests.attacks.study import cheated, words
from tests.bench.line import Line
from tests.explorer.study.analysis.test_interval import everybody, simulated
from tests.explorer.study.postgres import WHY, programs, running
from tests.loops import run as run_coroutine
from tests.serving import ROOT, Served, served

BUILT_IN = ROOT / "assets" / "storybook" / "atlases"
SECRET = "storybook-batchtopk"
AGAIN = 0.5  # seconds until somebody presses again who was told that the study is busy
GIVES_UP = 60  # times
SOONEST = QUICKEST + 0.05  # seconds: an answer sooner than QUICKEST after its pair was given counts as a second click
SLOWER = 0.6  # seconds
CHOICES = ("right", "left")


class Told(NamedTuple):
    """An answer that was acknowledged."""

    ticket: str
    milliseconds: float  # from the first click to the next pair
    clicks: int  # one, and one more each time the page said that the study is busy


async def one_participant(line: Line, each: int, told: list[Told], choice: str, pause: float) -> None:
    """Begin and answer `each` pairs, each `pause` seconds after it is shown; what is acknowledged is told at once, and counts."""

    async def press(**press: str) -> tuple[list[Any], int]:
        """What comes back, once the study is not busy, and how many clicks that took."""
        for clicks in range(1, GIVES_UP + 1):
            data = await line.post("/study-press", press)
            if BUSY not in words(data):
                return data, clicks
            await asyncio.sleep(AGAIN)
        raise TimeoutError(f"told {GIVES_UP} times that the study is busy")

    data, _ = await press(button="start", token="")
    token = data[0]
    for _ in range(each):
        ticket = _ticket(data)
        if not ticket:
            break
        await asyncio.sleep(pause)
        sent = time.perf_counter()
        data, clicks = await press(button=choice, token=token, ticket=ticket, took="300")
        if _ticket(data) != ticket and "notice" not in words(data):
            told.append(Told(ticket, 1000 * (time.perf_counter() - sent), clicks))


def _ticket(data: list[Any]) -> str:
    return next(iter(re.findall(r'data-ticket="([^"]*)"', words(data))), "")


async def everybody_at_once(sites: Sequence[Served], count: int, each: int, told: list[Told], slower: float = 0) -> int:
    """All participants, as many at each server, of whom the slowest waits `slower` s more; gives how many met an error."""
    lines = [Line(sites[number % len(sites)].url) for number in range(count)]
    pauses = [SOONEST + slower * (number % 7) / 6 for number in range(count)]
    jobs = (one_participant(line, each, told, CHOICES[n % 2], pauses[n]) for n, line in enumerate(lines))
    ended = await asyncio.gather(*jobs, return_exceptions=True)
    for line in lines:
        line.close()
    return sum(isinstance(each, BaseException) for each in ended)


def crowd(sites: Sequence[Served], where: Path | str, count: int, each: int, slower: float = 0) -> dict[str, float]:
    """What becomes of `count` participants who answer `each` pairs."""
    told: list[Told] = []
    errors = run_coroutine(everybody_at_once(sites, count, each, told, slower))
    there, kept = _kept(where)
    times = sorted(answer.milliseconds for answer in told)
    return {
        "participants": count,
        "answers": len(told),
        "errors": errors,
        "lost": len({answer.ticket for answer in told} - there),
        "duplicated": int(kept.duplicated(["participant", "pair", "kind"]).sum()),
        "pressed_again": sum(answer.clicks - 1 for answer in told),
        "p95_ms": round(times[int(0.95 * (len(times) - 1))], 1) if times else float("nan"),
        "assignment_spread": _spread(where, kept),
    }


def killed(site: Served, where: Path | str, seconds: float = 2.0, by: signal.Signals = signal.SIGKILL) -> dict[str, int]:
    """Kill a server in the middle of answers; what was acknowledged must be there when it is gone."""
    told: list[Told] = []
    run_coroutine(_answer_until_killed(site, seconds, told, by))
    return {"acknowledged": len(told), "acknowledged_lost": len({answer.ticket for answer in told} - _kept(where)[0])}


async def _answer_until_killed(site: Served, seconds: float, told: list[Told], by: signal.Signals) -> None:
    answering = asyncio.create_task(everybody_at_once([site], 12, 100, told))
    await asyncio.sleep(seconds)
    while not told:
        await asyncio.sleep(0.1)
    site.process.send_signal(by)
    assert await answering, "nobody was answering when the server was killed"


def coverage(studies: int = 1000) -> list[float]:
    """The least and the largest share of simulated studies whose interval holds the truth."""
    found = []
    for people in (3, 10, 30):
        for count in (share_of_pairs, share_of_answers):
            rng = np.random.default_rng(people)
            truth = np.mean([count(everybody(simulated(rng, 500, people))).share for _ in range(250)])
            shares = [count(everybody(simulated(rng, 40, people))) for _ in range(studies)]
            found.append(float(np.mean([share.low <= truth <= share.high for share in shares])))
    return [round(min(found), 3), round(max(found), 3)]


def _kept(where: Path | str) -> tuple[set[str], Any]:
    store = AnswerStore(where)
    store.make()
    with store.opened() as answers:
        tickets = answers.connection.exec_driver_sql("SELECT ticket FROM turns WHERE done = 1").scalars().all()
        return set(tickets), answers.table("crowd")


def _spread(where: Path | str, kept: Any) -> int:
    store = AnswerStore(where)
    store.make()
    with store.opened() as answers:
        pairs = read_study(answers.connection, "crowd").of_kind("pair")
    counts = Counter(kept.query("kind == 'pair'")["pair"])
    of_each = [counts.get(pair.number, 0) for pair in pairs]
    return max(of_each) - min(of_each)


def create(where: Path | str, pairs: int, answers: int, each: int, name: str = "crowd") -> None:
    asked = ["create", name, "--atlas", SECRET, "--pairs", str(pairs), "--answers-each", str(answers), "--each", str(each)]
    told = [study_command([*asked, "--practice", "0", "--gold", "0", "--repeats", "0", "--answers", str(where)])]
    told.append(study_command(["open", name, "--answers", str(where)]))
    assert told == [0, 0]


# The pieces, each with a database of its own.


def of_crowd(options: argparse.Namespace) -> dict[str, Any]:
    found = _crowd(options, 0)
    return found | {"p95_ms_with_pauses": _crowd(options, SLOWER)["p95_ms"]}


def _crowd(options: argparse.Namespace, slower: float) -> dict[str, Any]:
    count, each = options.participants, options.each
    answers = count * each
    with _database(options.database) as where, ExitStack() as stack:
        create(where, max(each, answers // 20), 20 if answers // 20 >= each else count, each)
        sites = [stack.enter_context(served(BUILT_IN, MONOSCOPE_ANSWERS=str(where))) for _ in range(2)]
        return crowd(sites, where, count, each, slower)


def of_kills(options: argparse.Namespace) -> dict[str, Any]:
    found: Counter[str] = Counter(acknowledged=0, acknowledged_lost=0)
    with _database(options.database) as where:
        create(where, 200, 50, 100)
        for _ in range(options.kills):
            with served(BUILT_IN, MONOSCOPE_ANSWERS=str(where)) as site:
                found.update(killed(site, where))
    return dict(found)


def of_a_cheat(options: argparse.Namespace) -> dict[str, Any]:
    with _database(options.database) as where:
        create(where, 20, 3, 20)
        with served(BUILT_IN, MONOSCOPE_ANSWERS=str(where)) as site:
            return cheated(site, (SECRET, "storybook"), list(range(12)), 3)


def of_the_paper(_: argparse.Namespace) -> dict[str, Any]:
    return {"paper_as_asked": round(100 * PAPER.as_asked, 1), "paper_uniform": round(100 * PAPER.uniform, 1)}


def of_intervals(options: argparse.Namespace) -> dict[str, Any]:
    return {"interval_coverage": coverage(options.studies)}


PIECES: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "crowd": of_crowd,
    "kills": of_kills,
    "cheat": of_a_cheat,
    "paper": of_the_paper,
    "coverage": of_intervals,
}


@contextmanager
def _database(kind: str) -> Iterator[Path | str]:
    found = programs()
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as made:
            yield Path(made) / "answers.sqlite"
    elif found is None:
        raise SystemExit(WHY)
    else:
        with running(found) as url:
            yield url


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", nargs="+", choices=tuple(PIECES), default=tuple(PIECES), help="some pieces (default: all)")
    parser.add_argument("--participants", type=int, default=200)
    parser.add_argument("--each", type=int, default=20, help="pairs that each of them answers")
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--studies", type=int, default=1000, help="simulated ones, for the coverage of intervals")
    options = parser.parse_args()
    figures: dict[str, Any] = {"database": options.database}
    for piece in options.only:
        with redirect_stdout(sys.stderr):  # what the commands say
            figures |= PIECES[piece](options)
    print(json.dumps(figures) if options.json else "\n".join(f"{name:20} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
