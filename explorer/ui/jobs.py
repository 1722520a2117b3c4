"""When work for a visitor ends before it is done: when nobody listens, or its time is over."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from explorer.errors import VisitorError
from explorer.ui import text
from explorer.ui.gate.waiting import Waiting
from explorer.ui.metrics import answering

log = logging.getLogger(__name__)


class Jobs:
    """Runs generators for as long as they may run.

    Args:
        waiting: knows who listens.
        seconds: that one job may take, from its second result on: the first tells what is being loaded, if anything is.
    """

    def __init__(self, waiting: Waiting, seconds: float) -> None:
        self.waiting, self.seconds = waiting, seconds

    def steps(self, session: str | None, work: Iterator[Any]) -> Iterator[Any]:
        """The results of `work` for as long as somebody listens.

        Raises:
            VisitorError: if its time is over.
        """
        results, until = 0, float("inf")
        with answering() as ending, closing(work) as begun:  # type: ignore[type-var]  # generators alone come here
            while self.waiting.listens(session):
                try:
                    result = next(begun)
                except StopIteration:
                    ending.how = "done"
                    return
                yield result
                results += 1
                until = time.monotonic() + self.seconds if results == 2 else until
                if time.monotonic() > until:
                    ending.how = "late"
                    log.warning("an answer took longer than MONOSCOPE_JOB_SECONDS=%s", self.seconds)
                    raise VisitorError(text.JOB_TOO_LONG.format(seconds=round(self.seconds)))
