"""Who waits for what: the model jobs that were asked for, and which of those who asked still listen.

A job is asked for in one request and its answer comes through another, a stream that the browser opens next. Who never opens
it, or closes it, is not there any more: the job leaves the queue, or ends where it is.
"""

import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

from explorer.limits import DEFAULT, Limits
from explorer.ui.gate.pace import Pace

GRACE_S = 1.5  # from asking to listening, while others wait: a line's way there and back; a visitor's unheard jobs share it
ALONE_S = 10.0  # the same while nobody else waits: the slowest lines
UNHEARD = 64  # jobs of sessions that do not listen (yet), of everybody together
UNHEARD_OF_VISITOR = 8
REMEMBERED = 4000  # sessions


class Job(NamedTuple):
    """A job in Gradio's queue, or under way."""

    session: str
    visitor: str
    since: float  # seconds of `clock`


class Waiting:
    """The jobs and the listeners; any thread may ask.

    Args:
        clock: seconds, never going back.
        limits: how many jobs, streams and sessions a visitor may have.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, limits: Limits = DEFAULT) -> None:
        self._clock, self._limits, self._guard = clock, limits, threading.Lock()
        self._jobs: dict[str, Job] = {}  # oldest first
        self._streams: Counter[str] = Counter()  # by session
        self._listeners: Counter[str] = Counter()  # open streams by visitor
        self._sessions: OrderedDict[str, None] = OrderedDict()  # that Gradio has built
        self._pace = Pace(clock, limits.sessions, limits.sessions_a_second)
        self._dropped: OrderedDict[str, float] = OrderedDict()  # sessions that were hung up on

    def ask(self, session: str, visitor: str) -> str | None:
        """One more job is asked for. Gives a name for it until Gradio's is known; None if that is too much.

        Too much are more than `page_jobs` of one page, `visitor_jobs` of one visitor, or new pages faster than its `Pace`.
        """
        with self._guard:
            jobs = self._jobs.values()
            of_session = sum(job.session == session for job in jobs)
            of_visitor = sum(job.visitor == visitor and self._streams[job.session] > 0 for job in jobs)
            too_many = of_session >= self._limits.page_jobs or of_visitor >= self._limits.visitor_jobs
            if too_many or not self._admit(session, visitor):
                return None
            self._dropped.pop(session, None)
            name = secrets.token_hex(8)
            self._jobs[name] = Job(session, visitor, self._clock())
            return name

    def named(self, name: str, event: str) -> None:
        """What Gradio calls a job."""
        with self._guard:
            if name in self._jobs:
                self._jobs[event] = self._jobs.pop(name)

    def to_drop(self, session: str, visitor: str) -> set[str]:
        """The sessions to hang up on after a visitor's job: they do not listen, and are too late or too many."""
        with self._guard:
            unheard = [job for job in self._jobs.values() if not self._streams[job.session] and job.session != session]
            late = {job.session for job in unheard if job.since < self._clock() - GRACE_S}
            own = [job.session for job in unheard if job.visitor == visitor]
            excess = own[: max(0, len(own) + 1 - UNHEARD_OF_VISITOR)]
            if len(unheard) >= UNHEARD:
                greediest = Counter(job.visitor for job in unheard).most_common(1)[0][0]
                excess.append(next(job.session for job in unheard if job.visitor == greediest))
            return late | set(excess)

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

    def connect(self, visitor: str) -> bool:
        """A visitor opens a stream; False, and nothing is counted, if there are too many."""
        with self._guard:
            if self._listeners[visitor] >= self._limits.visitor_streams:
                return False
            self._listeners[visitor] += 1
            return True

    def disconnect(self, visitor: str) -> None:
        """A visitor's stream ended."""
        with self._guard:
            self._listeners[visitor] -= 1
            if self._listeners[visitor] <= 0:
                del self._listeners[visitor]

    def counts(self) -> tuple[int, int]:
        """Jobs that wait or are under way, and open streams; of everybody."""
        with self._guard:
            return len(self._jobs), sum(self._listeners.values())

    def finished(self, event: str) -> None:
        """A job's answer is complete, or it never came to be one."""
        with self._guard:
            self._jobs.pop(event, None)

    def hung_up(self, session: str) -> None:
        """None of a session's jobs waits any more; it is remembered, so that who listens late is told."""
        with self._guard:
            for event in [event for event, job in self._jobs.items() if job.session == session]:
                del self._jobs[event]
            self._dropped[session] = self._clock()
            _shorten(self._dropped)

    def was_hung_up(self, session: str) -> bool:
        """Whether a session's jobs were dropped and it has asked for nothing since."""
        with self._guard:
            return session in self._dropped

    def listens(self, session: str | None) -> bool:
        """Whether work for a session is worth going on with; always for one that asked without a queue."""
        with self._guard:
            if session is None or self._streams[session] > 0:
                return True
            others = any(self._streams[job.session] > 0 for job in self._jobs.values())
            return any(
                self._clock() - job.since <= (self._grace(job.visitor) if others else ALONE_S)
                for job in self._jobs.values()
                if job.session == session
            )

    def _grace(self, visitor: str) -> float:
        """How long a job of a visitor may stay unheard while others wait."""
        unheard = sum(job.visitor == visitor and not self._streams[job.session] for job in self._jobs.values())
        return GRACE_S / max(1, unheard)

    def _admit(self, session: str, visitor: str) -> bool:
        """Whether a session is known, or one more of its visitor may come."""
        if session not in self._sessions:
            if not self._pace.take(visitor):
                return False
            self._sessions[session] = None
            _shorten(self._sessions)
        return True


def _shorten(kept: OrderedDict[str, Any]) -> None:
    while len(kept) > REMEMBERED:
        kept.popitem(last=False)
