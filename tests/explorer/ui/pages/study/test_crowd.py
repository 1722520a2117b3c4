"""The bench of the study, in small: simulated participants at once, at two server processes of which one is killed."""

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from explorer.study.participants import Participants
from explorer.study.session import QUICKEST
from explorer.study.store import AnswerStore
from explorer.ui import text
from tests.attacks.queues import steer_handler
from tests.attacks.study import Participant, words
from tests.bench.study import BUILT_IN, create, crowd, killed
from tests.serving import Served, served

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Path:
    answers = tmp_path_factory.mktemp("crowd") / "answers.sqlite"
    create(answers, pairs=6, answers=4, each=4)
    return answers


@pytest.fixture(scope="module")
def two(where: Path, atlases_root: Path) -> Iterator[tuple[Served, Served]]:
    with ExitStack() as stack:
        one, other = (stack.enter_context(served(BUILT_IN, atlases_root, MONOSCOPE_ANSWERS=str(where))) for _ in range(2))
        yield one, other


def test_two_processes_lose_nothing_and_spread_answers_evenly(where: Path, two: tuple[Served, Served]) -> None:
    found = crowd(two, where, count=6, each=4)
    assert {name: found[name] for name in ("lost", "duplicated", "errors")} == {"lost": 0, "duplicated": 0, "errors": 0}
    assert found["assignment_spread"] <= 1
    assert 22 <= found["answers"] <= 24  # the last ones may find only pairs that they have answered, and are done earlier


def test_what_was_acknowledged_outlives_a_kill_and_goes_on_elsewhere(where: Path, two: tuple[Served, Served]) -> None:
    one, other = two
    create(where, pairs=6, answers=30, each=6, name="killed")
    store = AnswerStore(where)
    store.make()
    participants = Participants(store.secret)
    browser = Participant(one, token=participants.token_of_code(participants.new_code())).begin()
    found = killed(one, where, seconds=1.5)
    assert found["acknowledged"] > 0
    assert found["acknowledged_lost"] == 0
    again = Participant(other, token=browser.token)
    assert 'aria-valuenow="0"' in words(again.press("load"))
    time.sleep(QUICKEST)
    assert 'aria-valuenow="1"' in words(again.press("answer-1"))


def test_told_to_stop_while_people_answer_and_the_model_writes(where: Path, two: tuple[Served, Served]) -> None:
    """SIGTERM: the process ends in order, the page is told, and what was acknowledged is there."""
    other, session = two[1], "writes"
    create(where, pairs=6, answers=30, each=6, name="stopped")
    for seed in range(4):  # enough to write for as long as the test takes
        assert other.join(steer_handler(other), [None], session, f"length=96&seed={seed}").status_code == 200
    stream = other.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}, timeout=60)
    with stream as opened, ThreadPoolExecutor(1) as pool:
        lines = opened.iter_lines()
        assert any("process_generating" in line for line in lines)
        stopping = pool.submit(killed, other, where, 0.5, signal.SIGTERM)
        assert text.STOPPING in "".join(lines)
        found = stopping.result()
    assert found["acknowledged"] > 0
    assert found["acknowledged_lost"] == 0
    assert other.process.wait(15) == 0
