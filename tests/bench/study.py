"""`python -m tests.bench.study --json`: SIMULATED participants at once, over HTTP, against two server processes on one database.

participants, answers                  simulated people, and answers that were acknowledged
lost, duplicated                       acknowledged answers that are not in the database; pairs that somebody answered twice
p95_ms                                 from an answer's click to the next pair
assignment_spread                      between the pair with the most answers and the one with the fewest
acknowledged_lost                      answers acknowledged before a server was killed with SIGKILL that are not there afterwards
cheat_hits                             grids that a cheat finds on public pages while the study runs
paper_as_asked, paper_uniform          agreement of the paper's own table, in per cent
interval_coverage                      least and most share of simulated studies whose interval holds the truth; 3, 10, 30 people
"""

import argparse
import asyncio
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from explorer.study.__main__ import main as study_command
from explorer.study.analysis.interval import share_of_answers, share_of_pairs
from explorer.study.analysis.published import PAPER
from explorer.study.session import QUICKEST
from explorer.study.store import AnswerStore
from explorer.study.studies import read_study
from tests.attacks.study import cheated, study_handlers
from tests.explorer.study.analysis.test_interval import everybody, simulated
from tests.explorer.study.postgres import WHY, programs, running
from tests.loops import run as run_coroutine
from tests.serving import ROOT, Served, served

BUILT_IN = ROOT / "assets" / "storybook" / "atlases"
SECRET = "storybook-batchtopk"


async def one_participant(client: httpx.AsyncClient, url: str, number: int, each: int) -> list[tuple[str, float]]:
    """Begin and answer `each` pairs; gives the ticket of every acknowledged answer, and how long it took in milliseconds."""
    session, told = f"simulated-{number}", []

    async def press(part: str, *values: str) -> list[Any]:
        body = {"data": values, "event_data": None, "fn_index": study_handlers(url)[part], "session_hash": session}
        reply = await client.post(f"{url}/gradio_api/run/predict", json=body)
        reply.raise_for_status()
        return reply.json()["data"]

    data = await press("study-start", "")
    token = data[0]
    for _ in range(each):
        ticket = _ticket(data)
        if not ticket:
            break
        await asyncio.sleep(QUICKEST + 0.05 + (number % 7) / 10)  # people do not click in step
        sent = time.perf_counter()
        data = await press(f"answer-{1 + number % 2}", token, ticket, "1000")
        if _ticket(data) != ticket and "notice" not in str(data[0]):
            told.append((ticket, 1000 * (time.perf_counter() - sent)))
    return told


def _ticket(data: list[Any]) -> str:
    return next(iter(re.findall(r'data-ticket="([^"]*)"', " ".join(part for part in data if isinstance(part, str)))), "")


async def everybody_at_once(sites: list[Served], count: int, each: int) -> list[tuple[str, float]]:
    """All participants, half of them at each server."""
    for site in sites:
        study_handlers(site.url)
    async with httpx.AsyncClient(timeout=120, limits=httpx.Limits(max_connections=count)) as client:
        jobs = (one_participant(client, sites[number % len(sites)].url, number, each) for number in range(count))
        told = await asyncio.gather(*jobs, return_exceptions=True)
    return [answer for answers in told if isinstance(answers, list) for answer in answers]


def crowd(where: Path | str, count: int, each: int) -> dict[str, float]:
    """What becomes of `count` participants who answer `each` pairs."""
    with ExitStack() as stack:
        sites = [stack.enter_context(served(BUILT_IN, MONOSCOPE_ANSWERS=str(where))) for _ in range(2)]
        told = run_coroutine(everybody_at_once(sites, count, each))
    there, kept = _kept(where)
    times = sorted(taken for _, taken in told)
    return {
        "participants": count,
        "answers": len(told),
        "lost": len({ticket for ticket, _ in told} - there),
        "duplicated": int(kept.duplicated(["participant", "pair", "kind"]).sum()),
        "p95_ms": round(times[int(0.95 * (len(times) - 1))], 1) if times else float("nan"),
        "assignment_spread": _spread(where, kept),
    }


def killed(where: Path | str, times: int) -> dict[str, int]:
    """Kill a server in the middle of answers; what was acknowledged must be there when it is gone."""
    lost = 0
    for _ in range(times):
        with served(BUILT_IN, MONOSCOPE_ANSWERS=str(where)) as site:
            lost += run_coroutine(_killed_once(site, where))
    return {"acknowledged_lost": lost}


async def _killed_once(site: Served, where: Path | str) -> int:
    study_handlers(site.url)
    told: list[tuple[str, float]] = []
    async with httpx.AsyncClient(timeout=20) as client:
        jobs = [asyncio.create_task(one_participant(client, site.url, number, 3)) for number in range(12)]
        await asyncio.sleep(2.0)
        site.process.kill()
        for job in jobs:
            try:
                told += await job
            except httpx.HTTPError:
                continue
    return len({ticket for ticket, _ in told} - _kept(where)[0])


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


def create(where: Path | str, pairs: int, answers: int, each: int) -> None:
    asked = ["create", "crowd", "--atlas", SECRET, "--pairs", str(pairs), "--answers-each", str(answers), "--each", str(each)]
    study_command([*asked, "--practice", "0", "--gold", "0", "--repeats", "0", "--answers", str(where)])
    study_command(["open", "crowd", "--answers", str(where)])


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
    parser.add_argument("--participants", type=int, default=200)
    parser.add_argument("--each", type=int, default=20, help="pairs that each of them answers")
    parser.add_argument("--kills", type=int, default=5)
    options = parser.parse_args()
    answers = options.participants * options.each
    figures: dict[str, Any] = {"database": options.database}
    with _database(options.database) as where:
        create(
            where, max(options.each, answers // 20), 20 if answers // 20 >= options.each else options.participants, options.each
        )
        figures |= crowd(where, options.participants, options.each)
    with _database(options.database) as where:
        create(where, 200, 50, 40)
        figures |= killed(where, options.kills)
        with served(BUILT_IN, MONOSCOPE_ANSWERS=str(where)) as site:
            figures |= cheated(site, (SECRET, "storybook"), list(range(12)), 3)
    figures |= {"paper_as_asked": round(100 * PAPER.as_asked, 1), "paper_uniform": round(100 * PAPER.uniform, 1)}
    figures["interval_coverage"] = coverage()
    print(json.dumps(figures, indent=2) if options.json else "\n".join(f"{name:20} {value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
