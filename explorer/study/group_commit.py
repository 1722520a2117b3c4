"""Group commit: what many participants write at once is one transaction, so that they wait for disk and lock together."""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from explorer.errors import UserError
from explorer.study.answers_file import BUSY, WAIT
from explorer.study.store import AnswerStore

WAITING = 500  # requests that may wait for their turn
TOGETHER = 50  # of them in one transaction, at most: other processes want to write, too

T = TypeVar("T")


@dataclass(frozen=True)
class _Job:
    work: Callable[[float], Any]
    until: float  # seconds of `time.monotonic`
    future: Future[Any]


class GroupCommit:
    """Runs work that writes on a thread of its own, in the order it came; all that waits by then in one transaction.

    Args:
        store: what is written; the work opens it, and is a part of the transaction by that.
    """

    def __init__(self, store: AnswerStore) -> None:
        self._store = store
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[[float], T]) -> T:
        """What `work` returns, once what it wrote is kept.

        Args:
            work: told until when it may wait for the answers, in seconds of `time.monotonic`: WAIT after it was asked for. If it
                raises, or what others wrote in the same transaction cannot be kept, it is run again, alone.

        Raises:
            UserError: if its turn did not come in that time, or too many wait already; nothing was done then.
        """
        if self._jobs.qsize() >= WAITING:
            raise UserError(f"{WAITING} answers wait to be written: see what holds them, or add processes", BUSY)
        job = _Job(work, time.monotonic() + WAIT, Future())
        self._jobs.put(job)
        self._start()
        result = asyncio.wrap_future(job.future)
        await asyncio.wait([result], timeout=WAIT)
        if not result.done() and job.future.cancel():
            raise UserError(f"answers waited for {WAIT:g} s to be written: see what holds them", BUSY)
        return await result

    def _start(self) -> None:
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="answers", daemon=True)
                self._thread.start()

    def _serve(self) -> None:
        while True:
            waiting = [self._jobs.get()]
            try:
                while len(waiting) < TOGETHER:
                    waiting.append(self._jobs.get_nowait())
            except Empty:
                pass
            self._keep([job for job in waiting if job.future.set_running_or_notify_cancel()])

    def _keep(self, jobs: list[_Job]) -> None:
        """In one transaction; if that fails, each in one of its own, so that nobody pays for what another sent."""
        if not jobs:
            return
        try:
            with self._store.opened(min(job.until for job in jobs), writes=True):
                results = [job.work(job.until) for job in jobs]
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].future.set_exception(error)
                return
            for job in jobs:
                self._keep([job])
        else:
            for job, result in zip(jobs, results, strict=True):
                job.future.set_result(result)
