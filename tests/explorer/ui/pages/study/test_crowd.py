"""The bench of the study, in small: simulated participants at two server processes at once, and a server that is killed."""

from pathlib import Path

import pytest

from tests.bench.study import create, crowd, killed

pytestmark = pytest.mark.slow


def test_two_processes_lose_nothing_and_spread_answers_evenly(tmp_path: Path) -> None:
    where = tmp_path / "answers.sqlite"
    create(where, pairs=6, answers=4, each=4)
    found = crowd(where, count=6, each=4)
    assert {name: found[name] for name in ("lost", "duplicated")} == {"lost": 0, "duplicated": 0}
    assert found["assignment_spread"] <= 1
    assert 22 <= found["answers"] <= 24  # the last ones may find only pairs that they have answered, and are done earlier


def test_what_was_acknowledged_outlives_a_kill(tmp_path: Path) -> None:
    where = tmp_path / "answers.sqlite"
    create(where, pairs=20, answers=12, each=4)
    assert killed(where, 1) == {"acknowledged_lost": 0}
