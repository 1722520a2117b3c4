import multiprocessing
import os
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial

import pytest

from explorer.study.store import Answer, AnswerStore

ONE = Answer("s", "anna", 3, "dino", "a", 1, 0.5, "b", 2, 0.25, "first", "second", 1500, "2026-11-23T10:00:00.000+00:00")


def add(store, answer, until=None):
    with store.opened(until, writes=True) as answers:
        return answers.add(answer)


def answered(store, study="s", participant="anna"):
    with store.opened() as answers:
        return answers.answered(study, participant)


def table(store):
    with store.opened() as answers:
        return answers.table("s")


@pytest.fixture
def store(tmp_path):
    store = AnswerStore(tmp_path / "deep" / "answers.sqlite")
    store.make()
    return store


def test_what_is_kept_comes_back_equal(store):
    assert add(store, ONE)
    again = AnswerStore(store.path)
    again.make()
    assert table(again).to_dict("records") == [asdict(ONE)]
    assert answered(again) == {3}
    assert answered(again, "s", "ben") == answered(again, "other", "anna") == set()


def test_before_the_first_answer_there_is_nothing(store):
    assert answered(store) == set()
    assert table(store).empty


def test_a_pair_is_answered_once(store):
    assert add(store, ONE)
    assert not add(store, replace(ONE, chosen="first"))
    assert table(store)["chosen"].tolist() == ["second"]


def test_many_threads_lose_nothing(store):
    answers = [replace(ONE, participant=f"p{i % 8}", pair=i // 8) for i in range(80)] * 2
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(partial(add, store), answers))
    assert sum(kept) == 80
    assert len(table(store)) == 80


def _open_and_add(path, participant):
    store = AnswerStore(path)
    store.make()
    for pair in range(50):
        add(store, replace(ONE, participant=participant, pair=pair), until=time.monotonic() + 60)


def test_processes_that_start_at_once_share_one_new_file(tmp_path):
    path, spawn = tmp_path / "answers.sqlite", multiprocessing.get_context("fork")
    processes = [spawn.Process(target=_open_and_add, args=(path, f"p{i}")) for i in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM answers").fetchone() == (200,)
        assert connection.execute("SELECT count(*) FROM meta").fetchone() == (1,)


def _add_and_die(path):
    store = AnswerStore(path)
    store.make()
    add(store, ONE)
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_was_added_survives_a_kill(store):
    process = multiprocessing.get_context("spawn").Process(target=_add_and_die, args=(store.path,))
    process.start()
    process.join(60)
    assert process.exitcode == -9
    assert answered(store) == {3}
