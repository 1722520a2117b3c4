"""Wiring handlers: what one raises becomes one sentence on its page, and a job ends when nobody listens or its time is over."""

import inspect
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import wraps
from typing import Any

import gradio as gr

from explorer.errors import UserError, VisitorError
from explorer.ui import text
from explorer.ui.components.notice import notice
from explorer.ui.gate.waiting import Waiting

log = logging.getLogger(__name__)
Handler = Callable[..., Any]
Refused = Callable[[Exception], Any]


def sentence(error: Exception) -> str:
    """What a visitor may read of an error; the log keeps the rest."""
    if isinstance(error, VisitorError):
        return str(error)
    if isinstance(error, UserError):
        log.warning("%s", error)
        return error.public or text.FAILED
    log.error("a handler failed", exc_info=error)
    return text.FAILED


class Jobs:
    """When work for a visitor ends before it is done.

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
        with closing(work) as begun:  # type: ignore[type-var]  # generators alone come here
            while self.waiting.listens(session):
                try:
                    result = next(begun)
                except StopIteration:
                    return
                yield result
                results += 1
                until = time.monotonic() + self.seconds if results == 2 else until
                if time.monotonic() > until:
                    log.warning("an answer took longer than MONOSCOPE_JOB_SECONDS=%s", self.seconds)
                    raise VisitorError(text.JOB_TOO_LONG.format(seconds=round(self.seconds)))


def wire(event: Any, handler: Handler, inputs: Any, outputs: Any, says: gr.HTML | None, jobs: Jobs, **policy: Any) -> None:
    """Wire a handler to an event, or to several.

    Args:
        event: of a part of the page, or a list of them.
        handler: a function, a coroutine function or a generator function.
        says: the output that shows a sentence where the handler fails; None where there is no output.
        jobs: ends generators.
        policy: how the handler is queued.
    """
    listed = outputs if isinstance(outputs, list) else [] if outputs is None else [outputs]

    def refused(error: Exception) -> Any:
        told = sentence(error)
        values = [notice(told) if output is says else _empty(output) for output in listed]
        return None if not values else values[0] if len(values) == 1 else values

    safe = _guarded(handler, refused, jobs)
    safe.guarded = True  # type: ignore[attr-defined]  # a test asks every handler for it
    gr.on(event if isinstance(event, list) else [event], safe, inputs, outputs, **policy)


def _empty(output: Any) -> Any:
    """What a part shows beside the sentence: a drawn one nothing, but for the header; an upload its empty place."""
    if isinstance(output, gr.HTML):
        return gr.skip() if output.elem_id == "top" else ""
    return None if isinstance(output, gr.Image) else gr.skip()


def _guarded(handler: Handler, refused: Refused, jobs: Jobs) -> Handler:
    if inspect.isgeneratorfunction(handler):
        return _generator(handler, refused, jobs)
    if inspect.iscoroutinefunction(handler):
        return _coroutine(handler, refused)
    return _function(handler, refused)


def _generator(handler: Handler, refused: Refused, jobs: Jobs) -> Handler:
    @wraps(handler)
    def safe(*given: Any) -> Iterator[Any]:
        request = next((value for value in given if isinstance(value, gr.Request)), None)
        try:
            yield from jobs.steps(request.session_hash if request else None, handler(*given))
        except Exception as error:
            yield refused(error)

    return safe


def _coroutine(handler: Handler, refused: Refused) -> Handler:
    @wraps(handler)
    async def safe(*given: Any) -> Any:
        try:
            return await handler(*given)
        except Exception as error:
            return refused(error)

    return safe


def _function(handler: Handler, refused: Refused) -> Handler:
    @wraps(handler)
    def safe(*given: Any) -> Any:
        try:
            return handler(*given)
        except Exception as error:
            return refused(error)

    return safe
