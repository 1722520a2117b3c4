"""The API: `explorer.ui.questions` as Gradio's named endpoints, for `gradio_client` and whatever else speaks to Gradio's queue.

An image is sent to our own upload route, and a call names it by the opaque name that the route answered with, nothing else.
"""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal, TypedDict

import gradio as gr
from gradio.components.api_component import Api
from gradio_client.utils import value_is_file

from explorer.ui.context import Context
from explorer.ui.events import SLOW, guarded, sentence
from explorer.ui.parts.image_input import uploaded
from explorer.ui.questions import QUESTIONS
from explorer.ui.questions.base import Answer, OwnImage, Question, asked
from explorer.ui.uploads import Uploads

AT_ONCE = 4  # questions that need no model
Handler = Callable[..., Iterator[Answer]]


class _Meta(TypedDict):
    _type: Literal["gradio.FileData"]


class Upload(TypedDict):
    """What `gradio_client.handle_file` makes of a file, and sends."""

    path: str
    meta: _Meta


def create_api(context: Context) -> None:
    """Add the endpoints to the app that is being made."""
    for name, question in QUESTIONS.items():
        models = {"concurrency_id": SLOW["concurrency_id"], "concurrency_limit": SLOW["concurrency_limit"]}
        policy: dict[str, Any] = models if question.own_images else {"concurrency_id": "questions", "concurrency_limit": AT_ONCE}
        handler = guarded(_handler(question, context), _refused, context.jobs)
        gr.api(handler, api_name=name, api_description=_description(question), **policy)


def takes_upload(block: object) -> bool:
    """Whether a value of an endpoint is an uploaded image."""
    return isinstance(block, Api) and value_is_file(block.api_info())


def _handler(question: type[Question], context: Context) -> Handler:
    """A generator function with the question's arguments as its own, from which Gradio reads names, types and defaults."""

    def answers(*given: Any) -> Iterator[Answer]:
        arguments = dict(zip(names, given, strict=True))
        del arguments["request"]
        sent = {name: _own(arguments.pop(name), context.uploads) for name in question.own_images}
        own = {name: image for name, image in sent.items() if image}
        yield from asked(question, arguments).answers(context, own)

    parameters = _parameters(question)
    names = [parameter.name for parameter in parameters]
    answers.__signature__ = inspect.Signature(parameters, return_annotation=Answer)  # type: ignore[attr-defined]
    answers.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters} | {"return": Answer}
    return answers


def _parameters(question: type[Question]) -> list[inspect.Parameter]:
    """The question's fields, the image where it takes one, and the request, which Gradio fills in."""
    parameter = partial(inspect.Parameter, kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
    listed = [
        parameter(name, annotation=field.annotation, default=inspect.Parameter.empty if field.is_required() else field.default)
        for name, field in question.model_fields.items()
    ]
    images = [parameter(name, annotation=Upload | None, default=None) for name in question.own_images]
    return [*listed, *images, parameter("request", annotation=gr.Request, default=None)]


def _description(question: type[Question]) -> str:
    told = [f"{name}: {field.description}." for name, field in question.model_fields.items() if field.description]
    told += [f"{name}: a picture file of yours, as gradio_client's handle_file(…) sends it." for name in question.own_images]
    return " ".join(" ".join([question.described(), *told]).split())


def _own(given: object, uploads: Uploads) -> OwnImage | None:
    """The image that a call names; the gate has left of it the name alone."""
    if given is None:
        return None
    name = given.get("path") if isinstance(given, dict) else None
    return OwnImage(str(name), lambda: uploaded(uploads, name))


def _refused(error: Exception) -> Answer:
    """Gradio tells the caller the sentence of its own kind of error, and of no other."""
    raise gr.Error(sentence(error), print_exception=False) from None
