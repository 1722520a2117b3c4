import csv
import io
import multiprocessing
import os
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import pytest

from explorer.errors import UserError
from explorer.study.store import Answer, AnswerStore, to_csv

ONE = Answer("s", "anna", 3, "dino", "a", 1, 0.5, "b", 2, 0.25, "first", "second", 1500, "2026-11-23T10:00:00.000+00:00")


@pytest.fixture
def store(tmp_path):
    return AnswerStore(tmp_path / "deep" / "answers.sqlite")


def test_what_is_kept_comes_back_equal(store):
    assert store.add(ONE)
    again = AnswerStore(store.path)
    assert again.answers("s").to_dict("records") == [asdict(ONE)]
    assert again.answered("s", "anna") == {3}
    assert again.answered("s", "ben") == again.answered("other", "anna") == set()


def test_before_the_first_answer_there_is_nothing_and_no_file(store):
    assert store.answered("s", "anna") == set()
    assert store.answers("s").empty
    assert not store.path.exists()


def test_a_pair_is_answered_once(store):
    assert store.add(ONE)
    assert not store.add(replace(ONE, chosen="first"))
    assert store.answers("s")["chosen"].tolist() == ["second"]


def test_many_threads_lose_nothing(store):
    answers = [replace(ONE, participant=f"p{i % 8}", pair=i // 8) for i in range(80)] * 2
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(store.add, answers))
    assert sum(kept) == 80
    assert len(store.answers("s")) == 80


def _add_and_die(path):
    store = AnswerStore(path)
    store.add(ONE)
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_was_added_survives_a_kill(store):
    process = multiprocessing.get_context("spawn").Process(target=_add_and_die, args=(store.path,))
    process.start()
    process.join(60)
    assert process.exitcode == -9
    assert store.answered("s", "anna") == {3}


def test_a_file_of_another_version_is_refused(store):
    store.add(ONE)
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(UserError, match="version 7"):
        store.add(replace(ONE, pair=4))


@pytest.mark.parametrize("there", [b"not a database at all, but long enough to be taken for one" * 30, None])
def test_a_file_that_cannot_be_one_is_refused(tmp_path, there):
    path = tmp_path / "answers.sqlite"
    path.mkdir() if there is None else path.write_bytes(there)
    with pytest.raises(UserError, match="MONOSCOPE_ANSWERS"):
        AnswerStore(path).add(ONE)


def test_csv_has_a_line_per_answer_and_no_formulas(store):
    store.add(ONE)
    store.add(replace(ONE, pair=4, first_atlas='=HYPERLINK("x")', second_atlas="@SUM(1)", answered="2026-11-23T10:00:01"))
    rows = list(csv.DictReader(io.StringIO(to_csv(store.answers("s")))))
    assert [row["pair"] for row in rows] == ["3", "4"]
    assert (rows[1]["first_atlas"], rows[1]["second_atlas"]) == ('\'=HYPERLINK("x")', "'@SUM(1)")
    assert float(rows[0]["second_ms"]) == 0.25
