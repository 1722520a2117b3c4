"""Events: how handlers are queued and wired; what one raises becomes one sentence on its page."""

import inspect
import logging
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import gradio as gr

from explorer.errors import UserError, VisitorError
from explorer.ui import text
from explorer.ui.jobs import Jobs
from explorer.ui.parts.notice import notice

log = logging.getLogger(__name__)
Handler = Callable[..., Any]
Refused = Callable[[Exception], Any]

# Of handlers that only read an atlas: milliseconds, so they need no queue; the last of many quick changes wins.
QUICK: dict[str, Any] = {
    "queue": False,
    "show_progress": "hidden",
    "api_visibility": "private",
    "trigger_mode": "always_last",
}
ONCE: dict[str, Any] = QUICK | {"trigger_mode": "once"}  # of buttons: what is pressed while one is under way counts for nothing
AT_ONCE: dict[str, Any] = QUICK | {"trigger_mode": "multiple"}  # even while an earlier one is under way
# Of handlers that run a model: one at a time, whatever the page, for models share one processor.
SLOW: dict[str, Any] = {
    "show_progress": "hidden",
    "api_visibility": "private",
    "concurrency_id": "models",
    "concurrency_limit": 1,
}
UPLOAD = SLOW | {"concurrency_id": "uploads"}  # no model, yet more than milliseconds
SLOW_LAST = SLOW | {"trigger_mode": "always_last"}


def sentence(error: Exception) -> str:
    """What a visitor may read of an error; the log keeps the rest."""
    if isinstance(error, VisitorError):
        return str(error)
    if isinstance(error, UserError):
        log.warning("%s", error)
        return error.public or text.FAILED
    log.error("a handler failed", exc_info=error)
    return text.FAILED


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
        message = sentence(error)
        values = [notice(message) if output is says else _empty(output) for output in listed]
        return None if not values else values[0] if len(values) == 1 else values

    gr.on(event if isinstance(event, list) else [event], guarded(handler, refused, jobs), inputs, outputs, **policy)


def _empty(output: Any) -> Any:
    """What a part shows beside the sentence: a drawn one nothing, but for the header; an upload its empty place."""
    if isinstance(output, gr.HTML):
        return gr.skip() if output.elem_id == "top" else ""
    return None if isinstance(output, gr.Image) else gr.skip()


def guarded(handler: Handler, refused: Refused, jobs: Jobs) -> Handler:
    """A handler that gives what `refused` makes of an error in place of raising it."""
    if inspect.isgeneratorfunction(handler):
        safe = _generator(handler, refused, jobs)
    elif inspect.iscoroutinefunction(handler):
        safe = _coroutine(handler, refused)
    else:
        safe = _function(handler, refused)
    safe.guarded = True  # type: ignore[attr-defined]  # a test asks every handler for it
    return safe


def _generator(handler: Handler, refused: Refused, jobs: Jobs) -> Handler:
    @wraps(handler)
    def safe(*values: Any) -> Iterator[Any]:
        request = next((value for value in values if isinstance(value, gr.Request)), None)
        try:
            yield from jobs.steps(request.session_hash if request else None, handler(*values))
        except Exception as error:
            yield refused(error)

    return safe


def _coroutine(handler: Handler, refused: Refused) -> Handler:
    @wraps(handler)
    async def safe(*values: Any) -> Any:
        try:
            return await handler(*values)
        except Exception as error:
            return refused(error)

    return safe


def _function(handler: Handler, refused: Refused) -> Handler:
    @wraps(handler)
    def safe(*values: Any) -> Any:
        try:
            return handler(*values)
        except Exception as error:
            return refused(error)

    return safe
