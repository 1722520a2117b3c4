"""Study work on a few threads of its own: who waits for the answers file holds up nobody else, and nobody waits for long."""

import time
from collections.abc import Callable
from typing import TypeVar

import anyio
from anyio.to_thread import run_sync

from explorer.errors import UserError
from explorer.study.answers_file import BUSY, WAIT

THREADS = 4
WAITING = 500  # requests that may wait for a thread

T = TypeVar("T")


class StudyThreads:
    """Runs blocking study work, a few at a time; of the threads that everything else shares it takes none."""

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(THREADS)

    async def run(self, work: Callable[[float], T]) -> T:
        """What `work` returns.

        Args:
            work: told until when it may wait for the answers file, in seconds of `time.monotonic`: WAIT after it was asked for,
                however much of that is gone by the time a thread is free. Once it runs, its end is waited for, since it may keep
                an answer.

        Raises:
            UserError: if no thread was free in that time, or too many wait already; nothing was done then.
        """
        until = time.monotonic() + WAIT
        if self._limiter.statistics().tasks_waiting >= WAITING:
            raise UserError(f"{WAITING} requests wait for the answers file: see what holds it, or add processes", BUSY)
        try:
            with anyio.fail_after(WAIT):
                return await run_sync(work, until, limiter=self._limiter)
        except TimeoutError as error:
            raise UserError(
                f"all {THREADS} threads of the study were taken for {WAIT:g} s: see what holds the file", BUSY
            ) from error
