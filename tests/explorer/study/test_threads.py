"""Study work beside everything else: bounded in number and in time."""

import asyncio
import threading
import time

import anyio.to_thread
import pytest

from explorer.errors import UserError
from explorer.study import threads as module
from explorer.study.answers_file import BUSY
from explorer.study.threads import THREADS, StudyThreads
from tests.loops import run as run_coroutine


def test_work_is_told_until_when_and_its_result_and_errors_come_back():
    def fail(until):
        raise KeyError(until)

    async def run():
        threads, before = StudyThreads(), time.monotonic()
        until = await threads.run(lambda until: until)
        assert before + module.WAIT <= until <= time.monotonic() + module.WAIT
        with pytest.raises(KeyError):
            await threads.run(fail)

    run_coroutine(run())


def test_a_few_threads_at_a_time_and_none_of_those_that_all_share():
    gate, running, most = threading.Event(), [], []

    def work(until):
        running.append(until)
        most.append(len(running))
        gate.wait(30)
        running.pop()

    async def run():
        threads = StudyThreads()
        jobs = [asyncio.create_task(threads.run(work)) for _ in range(3 * THREADS)]
        while len(running) < THREADS:
            await asyncio.sleep(0.001)
        assert anyio.to_thread.current_default_thread_limiter().borrowed_tokens == 0
        gate.set()
        await asyncio.gather(*jobs)

    run_coroutine(run())
    assert max(most) == THREADS


def test_who_finds_no_thread_in_time_is_refused_and_nothing_was_done(monkeypatch):
    monkeypatch.setattr(module, "WAIT", 0.05)
    gate, done = threading.Event(), []

    def hold(until):
        gate.wait(30)
        done.append("held")
        return "kept"

    async def run():
        threads = StudyThreads()
        holding = [asyncio.create_task(threads.run(hold)) for _ in range(THREADS)]
        await asyncio.sleep(0)
        with pytest.raises(UserError) as told:
            await threads.run(lambda until: done.append("late"))
        assert told.value.public == BUSY
        gate.set()
        assert await asyncio.gather(*holding) == ["kept"] * THREADS  # begun work is waited for, though its time is over
        assert await threads.run(lambda until: "again") == "again"

    run_coroutine(run())
    assert done == ["held"] * THREADS


def test_those_who_wait_are_not_without_number(monkeypatch):
    monkeypatch.setattr(module, "WAITING", 3)
    gate = threading.Event()

    async def run():
        threads = StudyThreads()
        jobs = [asyncio.create_task(threads.run(lambda until: gate.wait(30))) for _ in range(THREADS + 3)]
        await asyncio.sleep(0.01)
        with pytest.raises(UserError) as told:
            await threads.run(lambda until: None)
        assert told.value.public == BUSY
        gate.set()
        assert all(await asyncio.gather(*jobs))

    run_coroutine(run())
