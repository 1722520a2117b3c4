"""Who waits for what: the model jobs that were asked for, and which of those who asked still listen.

A job is asked for in one request and its answer comes through another, a stream that the browser opens next. Who never opens
it, or closes it, is not there any more: the job leaves the queue, or ends where it is.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

GRACE_S = 1.5  # from asking to listening: a slow line's way there and back
UNHEARD = 16  # jobs of sessions that do not listen (yet), of everybody together
OF_SESSION = 8  # jobs of one page: it asks for a new one before the one before has ended, hardly more
OF_VISITOR = 64  # jobs of one address, behind which a class room may sit


class Job(NamedTuple):
    """A job in Gradio's queue, or under way."""

    session: str
    visitor: str
    asked: float  # seconds of `clock`


class Waiting:
    """The jobs and the listeners; any thread may ask.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._guard = clock, threading.Lock()
        self._jobs: dict[str, Job] = {}  # by event id, oldest first
        self._streams: Counter[str] = Counter()

    def admits(self, session: str, visitor: str) -> bool:
        """Whether one more job of this page, and of this visitor, may wait."""
        with self._guard:
            of_session = sum(job.session == session for job in self._jobs.values())
            of_visitor = sum(job.visitor == visitor and self._streams[job.session] > 0 for job in self._jobs.values())
            return of_session < OF_SESSION and of_visitor < OF_VISITOR

    def joined(self, event: str, session: str, visitor: str) -> set[str]:
        """A job was asked for. Gives the sessions to hang up on: they do not listen, and are too many or too late."""
        with self._guard:
            self._jobs[event] = Job(session, visitor, self._clock())
            unheard = [job for job in self._jobs.values() if not self._streams[job.session]]
            late = {job.session for job in unheard if job.asked < self._clock() - GRACE_S}
            return late | {job.session for job in unheard[: max(0, len(unheard) - UNHEARD)]} - {session}

    def opened(self, session: str) -> None:
        """A page listens."""
        with self._guard:
            self._streams[session] += 1

    def closed(self, session: str) -> bool:
        """A page's stream ended; whether it was its last."""
        with self._guard:
            self._streams[session] -= 1
            if self._streams[session] > 0:
                return False
            del self._streams[session]
            return True

    def finished(self, event: str) -> None:
        """A job's answer is complete."""
        with self._guard:
            self._jobs.pop(event, None)

    def hung_up(self, session: str) -> None:
        """None of a session's jobs waits any more."""
        with self._guard:
            for event in [event for event, job in self._jobs.items() if job.session == session]:
                del self._jobs[event]

    def listens(self, session: str | None) -> bool:
        """Whether work for a session is worth going on with; always for one that asked without a queue."""
        with self._guard:
            if session is None or self._streams[session] > 0:
                return True
            since = self._clock() - GRACE_S
            return any(job.session == session and job.asked >= since for job in self._jobs.values())
