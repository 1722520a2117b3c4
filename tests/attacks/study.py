"""The study under attack: its answers file locked, taken away and replaced, and tokens and payloads that no page sends.

Every function talks HTTP to a running explorer as a browser would, and gives plain figures, all of which should be 0 but times.
"""

import asyncio
import re
import secrets
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import psutil

from explorer.study.answers_file import PAUSED
from explorer.study.store import AnswerStore
from explorer.ui.pages.study import words as study_words
from tests.loops import run as run_coroutine
from tests.serving import Served

TIMEOUT = 60.0
BROWSES_APART = 0.02  # s
LONGER_THAN_A_SECOND_CLICK = 0.35  # s
ATTEMPTS = 5
ANSWERS = ("answer-1", "answer-2", "answer-3")
BUTTONS = dict(zip(ANSWERS, ("left", "right", "neither"), strict=True)) | {
    "study-start": "start",
    "study-resume": "resume",
    "answer-back": "back",
}
HOSTILE: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "A" * 22, "A" * 44, "\x00", "é" * 44, "../../etc/passwd", "' OR 1=1 --", "A" * 200_000),
    *(
        [],
        ["A" * 44],
        [[[[]]]],
        {},
        {"name": "A" * 44},
        {"path": "/etc/passwd"},
        {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}},
    ),
)


@dataclass(frozen=True)
class Participant:
    """A browser with the study open in it."""

    site: Served
    session: str = field(default_factory=lambda: secrets.token_hex(8))
    token: Any = ""
    tickets: list[str] = field(default_factory=lambda: [""])
    """The last one is that of the pair on the page."""

    def body(self, part: str, token: Any) -> dict[str, Any]:
        """What the browser sends when `part` is pressed, or, with `load`, when the page is opened; `study-resume`: a code."""
        if part in BUTTONS:
            asked = {"button": BUTTONS[part], "token": token, "code": token, "ticket": self.tickets[-1], "took": "1200"}
            return asked | ({"token": ""} if part == "study-resume" else {})
        load = self.site.event("/study", "load")
        return {"data": [token], "event_data": None, "fn_index": load, "trigger_id": None, "session_hash": self.session}

    def press(self, part: str, query: str = "") -> list[Any]:
        """What comes back, a value for each of the page's parts."""
        reply = self.send(part, self.token, query)
        reply.raise_for_status()
        data = parts(reply)
        self.tickets.extend(re.findall(r'data-ticket="([^"]*)"', words(data)))
        return data

    def send(self, part: str, token: Any, query: str = "") -> httpx.Response:
        place = "/study-press" if part in BUTTONS else "/gradio_api/run/predict"
        return self.site.client.post(f"{place}{query}", json=self.body(part, token), timeout=TIMEOUT)

    def begin(self) -> "Participant":
        """Press Start; gives the same browser, which has its token now."""
        return Participant(self.site, self.session, self.press("study-start")[0], self.tickets)


def parts(reply: httpx.Response) -> list[Any]:
    """What comes back: of a press a token first, and then a value for each of the page's parts."""
    data = reply.json()
    return data if isinstance(data, list) else data.get("data", [])


def words(reply: list[Any]) -> str:
    """All that a reply says."""
    return " ".join(part for part in reply if isinstance(part, str))


def refused(reply: list[Any]) -> bool:
    return study_words.NOT_KEPT in words(reply)


@contextmanager
def held(answers: Path) -> Iterator[None]:
    """The answers file, with another writer in it."""
    with closing(sqlite3.connect(answers, isolation_level=None, timeout=TIMEOUT)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def kept(answers: Path) -> set[tuple[str, int]]:
    """Participants and pairs of all answers in the file."""
    with closing(sqlite3.connect(f"{answers.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        return set(connection.execute("SELECT participant, pair FROM answers"))


# A locked file.


def blocked_browse(site: Served, answers: Path, count: int = 200) -> dict[str, float]:
    """Send `count` answers at once while somebody else holds the answers file, and browse meanwhile.

    Returns:
        blocked_browse_p95_ms: of browsing, from the first answer sent to the last one refused.
        blocked_seconds: until the last answer was refused.
        blocked_acknowledged: answers that were said to be kept while none could be.
        blocked_kept: answers that were kept although they were refused.
        blocked_lost: answers that were not kept when they were sent again, once the file was free.
        blocked_errors: replies that were no page.
    """
    browsers = [Participant(site).begin() for _ in range(count)]
    site.load("/", "")  # what is loaded once is not what is measured
    time.sleep(LONGER_THAN_A_SECOND_CLICK)
    before = kept(answers)
    with held(answers):
        replies, times, seconds = run_coroutine(_answer_and_browse(site, browsers))
    told = [parts(reply) for reply in replies if reply.status_code == 200]
    since, waiting = kept(answers) - before, browsers
    for _ in range(ATTEMPTS):  # who is told to try again does
        again, _, _ = run_coroutine(_answer_and_browse(site, waiting))
        waiting = [browser for browser, reply in zip(waiting, again, strict=True) if refused(parts(reply))]
        if not waiting:
            break
    return {
        "blocked_browse_p95_ms": round(1000 * sorted(times)[int(0.95 * (len(times) - 1))], 1),
        "blocked_seconds": round(seconds, 2),
        "blocked_acknowledged": sum(not refused(reply) for reply in told),
        "blocked_kept": len(since),
        "blocked_lost": count - len(kept(answers) - before),
        "blocked_errors": sum(reply.status_code != 200 for reply in replies),
    }


async def _answer_and_browse(site: Served, browsers: list[Participant]) -> tuple[list[httpx.Response], list[float], float]:
    """Every browser presses an answer, and one more browses until all have heard: replies, seconds of each browsing, of all."""
    url, browse = f"{site.url}/gradio_api/run/predict", site.event("/", "load")
    press = f"{site.url}/study-press"
    call = {"data": [], "event_data": None, "fn_index": browse, "trigger_id": None, "session_hash": secrets.token_hex(8)}
    times: list[float] = []
    limits = httpx.Limits(max_connections=len(browsers) + 1, max_keepalive_connections=1)
    async with httpx.AsyncClient(timeout=TIMEOUT, limits=limits) as client, httpx.AsyncClient(timeout=TIMEOUT) as visitor:
        begun = time.perf_counter()
        bodies = [each.body(ANSWERS[number % 3], each.token) for number, each in enumerate(browsers)]
        answering = asyncio.gather(*(client.post(press, json=body) for body in bodies))
        while not answering.done() or not times:
            sent = time.perf_counter()
            (await visitor.post(url, json=call)).raise_for_status()
            times.append(time.perf_counter() - sent)
            await asyncio.sleep(BROWSES_APART)
        return await answering, times, time.perf_counter() - begun


# A disk without room.


@contextmanager
def full_disk(process: int) -> Iterator[None]:
    """No file of the process grows meanwhile: a limit of the kernel stands in for a disk without room."""
    limited = psutil.Process(process)
    before = limited.rlimit(psutil.RLIMIT_FSIZE)
    limited.rlimit(psutil.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        limited.rlimit(psutil.RLIMIT_FSIZE, before)


def full(site: Served, answers: Path) -> dict[str, int]:
    """Let the disk be full while a participant is at a pair; there is room again afterwards.

    Returns:
        full_unnoticed: pages that did not say that the study is paused.
        full_acknowledged: answers that were said to be kept.
        full_kept: answers that were kept, wholly or in part.
        full_not_resumed: participants who could not go on afterwards.
    """
    browser = Participant(site).begin()
    time.sleep(LONGER_THAN_A_SECOND_CLICK)
    before = kept(answers)
    with full_disk(site.process.pid):
        answered, started = browser.press("answer-1"), Participant(site).press("study-start")
    since = kept(answers) - before
    browser.press("answer-1")
    return {
        "full_unnoticed": (PAUSED not in words(answered)) + (PAUSED not in words(started)),
        "full_acknowledged": int(not refused(answered)),
        "full_kept": len(since),
        "full_not_resumed": int(len(kept(answers) - before) != 1),
    }


# A file that vanishes.


def _deleted(answers: Path) -> None:
    answers.unlink()


def _another(answers: Path) -> None:
    answers.unlink()
    AnswerStore(answers).make()


def _directory(answers: Path) -> None:
    answers.unlink()
    answers.mkdir()


def _no_database(answers: Path) -> None:
    answers.unlink()
    answers.write_bytes(b"no database at all, but long enough to be taken for one" * 50)


def _damaged(answers: Path) -> None:
    """In its place, so that it is still the same file."""
    with answers.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (answers.stat().st_size - 100))


VANISHING: tuple[Callable[[Path], None], ...] = (_deleted, _another, _directory, _no_database, _damaged)


def vanished(site: Served, answers: Path) -> dict[str, int]:
    """Take the answers file away, in every way of VANISHING, while a participant is at a pair; bring it back each time.

    Returns:
        vanished_unnoticed: pages that did not say that the study is paused.
        vanished_acknowledged: answers that were said to be kept.
        vanished_made_anew: ways after which something else stood in the file's place than before the pages were opened.
        vanished_not_resumed: ways after which the participant could not go on once the file was back, or answers were missing.
        vanished_paths: replies with a path of the host.
    """
    found = dict.fromkeys(("unnoticed", "acknowledged", "made_anew", "not_resumed", "paths"), 0)
    aside = answers.with_name("aside.sqlite")
    for vanish in VANISHING:
        browser = Participant(site).begin()
        time.sleep(LONGER_THAN_A_SECOND_CLICK)
        before = kept(answers)
        shutil.copy2(answers, aside)
        vanish(answers)
        there = _what_stands(answers)
        answered = browser.press("answer-1")
        again = Participant(site, token=browser.token)
        opened = [again.press("load"), again.press("load", "?results=1"), Participant(site).press("load")]
        opened.append(Participant(site).press("study-start"))
        found["unnoticed"] += sum(PAUSED not in words(reply) for reply in opened)
        found["acknowledged"] += not refused(answered)
        found["made_anew"] += _what_stands(answers) != there
        found["paths"] += sum(str(answers.parent) in words(reply) for reply in [*opened, answered])
        answers.rmdir() if answers.is_dir() else answers.unlink(missing_ok=True)
        aside.rename(answers)
        browser.press("answer-1")
        found["not_resumed"] += not (before < kept(answers) and len(kept(answers)) == len(before) + 1)
    return {f"vanished_{name}": count for name, count in found.items()}


def _what_stands(answers: Path) -> object:
    return answers.read_bytes() if answers.is_file() else sorted(answers.iterdir()) if answers.is_dir() else None


# Tokens and payloads that no page sends.

TEXTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "'; DROP TABLE answers; --",
    "' OR 1=1 --",
    "{{7*7}}",
    "A" * 5000,
)


def texts(site: Served, answers: Path) -> dict[str, int]:
    """HTML, SQL and what else no participant types, in every text that the study takes: code, ticket, time, study, Prolific id.

    Returns:
        texts_kept: answers that were kept.
        texts_errors: server errors.
        texts_raw: replies that hold it as it was sent, so that a browser would run it.
        texts_tables: tables of the database that are gone.
    """
    before, tables, replies = kept(answers), _tables(answers), []
    for text in TEXTS:
        browser = Participant(site).begin()
        time.sleep(LONGER_THAN_A_SECOND_CLICK)
        code = Participant(site, token=text)
        replies += [code.send("study-resume", text)]
        for query in ("study", "PROLIFIC_PID", "results", "atlas"):
            replies.append(browser.send("load", text, f"?{urlencode({query: text, 'results': '1'})}"))
            replies.append(Participant(site).send("study-start", "", f"?{urlencode({query: text})}"))
        forged = browser.body("answer-1", browser.token) | {"ticket": text, "took": text}
        replies.append(site.client.post("/study-press", json=forged))
    return {
        "texts_kept": len(kept(answers) - before),
        "texts_errors": sum(reply.status_code >= 500 for reply in replies),
        "texts_raw": sum(any(tag in reply.text for tag in ("<script>alert", "<img src=x")) for reply in replies),
        "texts_tables": len(tables - _tables(answers)),
    }


def _tables(answers: Path) -> set[str]:
    with closing(sqlite3.connect(f"{answers.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def forged(site: Served, answers: Path) -> dict[str, int]:
    """Send everything of HOSTILE, and the names that stand in the answers file, in place of a token, to every handler.

    Returns:
        forged_accepted: replies with a pair for one who was given no token.
        forged_kept: answers that were kept.
        forged_errors: server errors.
        forged_paths: replies with a path of the host or a traceback.
    """
    before = kept(answers)
    names = sorted({name for name, _ in before})[:3]
    tokens = [*HOSTILE, *names, *(name + "A" * 22 for name in names)]
    replies = []
    for part in ("load", *ANSWERS):
        browser = Participant(site).begin()  # so that a pair is on the page of this session
        time.sleep(LONGER_THAN_A_SECOND_CLICK)
        replies += [browser.send(part, token) for token in tokens]
    replies += [Participant(site).send("study-start", token) for token in tokens]
    starts = replies[-len(tokens) :]
    return {
        "forged_accepted": sum('class="pair"' in reply.text.replace("\\", "") for reply in replies[: -len(tokens)])
        + sum(_given_back(reply, token) for reply, token in zip(starts, tokens, strict=True)),
        "forged_kept": len(kept(answers) - before),
        "forged_errors": sum(reply.status_code >= 500 for reply in replies),
        "forged_paths": sum(str(answers.parent) in reply.text or "Traceback" in reply.text for reply in replies),
    }


def _given_back(reply: httpx.Response, token: Any) -> bool:
    """Whether Start let somebody go on under what they sent."""
    return reply.status_code == 200 and parts(reply)[0] == token


# A participant who wants to know which neuron has the higher MS.


def cheated(site: Served, atlases: Sequence[str], numbers: Sequence[int], pairs: int = 6) -> dict[str, int]:
    """Answer some pairs, then look for their pictures on the pages of neurons, among them all that are compared.

    Args:
        site: with a study open.
        atlases: names to try, also of those that the explorer does not show.
        numbers: of the neurons to look at in each.
        pairs: to answer.

    Returns:
        cheat_hits: grids whose pictures are mostly those on one neuron's page.
        cheat_told: replies of the study that hold an atlas's name.
    """
    browser, grids, replies = Participant(site).begin(), [], []
    for _ in range(pairs):
        for side in ("left", "right"):
            addresses = (f"study-pictures/{browser.tickets[-1]}/{side}/{rank}.webp" for rank in range(16))
            grids.append({_picture(site, address) for address in addresses})
        time.sleep(LONGER_THAN_A_SECOND_CLICK)
        replies.append(words(browser.press("answer-1")))
    pages = [site.load("/neuron", f"atlas={name}&id={number}") for name in atlases for number in numbers]
    pages += [site.load("/", f"atlas={name}") for name in atlases]
    shown = [{_picture(site, address) for address in re.findall(r'src="(thumbs/[^"]+)"', page)[:16]} for page in pages]
    hits = sum(any(len(grid & there) > len(grid) / 2 for there in shown) for grid in grids)
    return {"cheat_hits": hits, "cheat_told": sum(name in reply for reply in replies for name in atlases)}


_PICTURES: dict[str, bytes] = {}


def _picture(site: Served, address: str) -> bytes:
    """Each is asked for once; one of an atlas is the same wherever it is shown."""
    name = site.url + (address.rsplit("/", 1)[1] if address.startswith("thumbs/") else address)
    if name not in _PICTURES:
        _PICTURES[name] = site.client.get(f"/{address}").content
    return _PICTURES[name]
