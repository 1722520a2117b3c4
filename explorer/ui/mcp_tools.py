"""The tools of `explorer.ui.mcp`: what they are called and take, and how a call is answered."""

import base64
import binascii
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import anyio
from anyio.to_thread import run_sync
from starlette.types import Scope

from explorer import __version__
from explorer.atlas.pictures import picture_hash
from explorer.errors import VisitorError
from explorer.ui import text
from explorer.ui.context import Context
from explorer.ui.events import sentence
from explorer.ui.parts.image_input import decoded
from explorer.ui.questions import QUESTIONS
from explorer.ui.questions.base import Answer, OwnImage, Question, asked

if TYPE_CHECKING:  # takes 0.6 s to load
    from mcp import types
    from mcp.server.lowlevel import Server

GONE = "monoscope.gone"  # in a request's scope: an event, set when who asked is not there any more
AT_ONCE = 4  # calls that need no model
THUMBNAILS = 4  # of a neuron's images, beside the answer
IMAGE = "base64 of a picture file of yours (PNG, JPEG, WebP, …), at most {largest} MB; no path and no address"
INSTRUCTIONS = (
    "Monoscope shows the neurons of sparse autoencoders in vision models. Begin with atlases, find neurons with search or "
    "neurons, look at one with neuron, see which fire for an image with read, and turn one up or down in a vision-language model "
    "with steer. Two images are compared by contrast."
)


class Tools:
    """Answers calls.

    Args:
        context: what all pages share.
        who: names a request's visitor.
    """

    def __init__(self, context: Context, who: Callable[[Scope], str]) -> None:
        self.context, self.who = context, who
        self._models, self._atlases = anyio.CapacityLimiter(1), anyio.CapacityLimiter(AT_ONCE)

    def server(self) -> "Server":
        """These tools as a server of the `mcp` library, which is loaded now."""
        from mcp import types
        from mcp.server.lowlevel import Server

        tools = [
            types.Tool(name=name, description=question.described(), input_schema=self._schema(question))
            for name, question in QUESTIONS.items()
        ]

        async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
            return types.ListToolsResult(tools=tools)

        async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
            try:
                return self._result(await self._answer(params.name, dict(params.arguments or {}), context.request.scope))
            except Exception as error:
                told = types.TextContent(type="text", text=sentence(error))
                return types.CallToolResult(content=[told], is_error=True)

        return Server(
            "monoscope", version=__version__, instructions=INSTRUCTIONS, on_list_tools=list_tools, on_call_tool=call_tool
        )

    def _schema(self, question: type[Question]) -> dict[str, Any]:
        schema = question.model_json_schema()
        for name in question.own_images:
            largest = self.context.uploads.largest // 10**6
            schema["properties"][name] = {"type": "string", "description": IMAGE.format(largest=largest)}
        return {name: schema[name] for name in ("type", "properties", "required", "additionalProperties") if name in schema}

    async def _answer(self, name: str, arguments: dict[str, Any], scope: Scope) -> Answer:
        if name not in QUESTIONS:
            raise VisitorError(text.ASK_UNKNOWN_TOOL)
        question = QUESTIONS[name]
        given = {name: sent for name in question.own_images if (sent := arguments.pop(name, None)) is not None}
        checked, gone = asked(question, arguments), scope[GONE]
        with self._job(self.who(scope)) if question.own_images else _no_job() as session:

            def last() -> Answer:
                own = {name: self._own(sent) for name, sent in given.items()}
                steps = self.context.jobs.steps(session, _until(gone, checked.answers(self.context, own)))
                *_, answer = (None, *steps)
                return answer or {}

            return await run_sync(last, limiter=self._models if question.own_images else self._atlases, abandon_on_cancel=True)

    @contextmanager
    def _job(self, visitor: str) -> Iterator[str]:
        """A place among the jobs that wait for a model; a visitor's calls count as those of one page.

        Raises:
            VisitorError: if too many wait already.
        """
        waiting, session = self.context.jobs.waiting, f"mcp-{visitor}"
        waiting.opened(session)
        name = waiting.ask(session, visitor)
        try:
            if name is None:
                raise VisitorError(text.TOO_MANY_JOBS)
            yield session
        finally:
            waiting.finished(name or "")
            waiting.closed(session)

    def _own(self, given: object) -> OwnImage:
        if not isinstance(given, str):
            raise VisitorError(text.ASK_BASE64)
        try:
            data = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError) as error:
            raise VisitorError(text.ASK_BASE64) from error
        if len(data) > self.context.uploads.largest:
            raise VisitorError(text.UPLOAD_TOO_LARGE.format(largest=self.context.uploads.largest // 10**6))
        return OwnImage(picture_hash(data), lambda: decoded(data, self.context.uploads.pictures))

    def _result(self, answer: Answer) -> "types.CallToolResult":
        from mcp import types

        told = types.TextContent(type="text", text=json.dumps(answer, ensure_ascii=False))
        return types.CallToolResult(content=[told, *self._thumbnails(answer)], structured_content=answer)

    def _thumbnails(self, answer: Answer) -> list["types.ImageContent"]:
        """The first images of a neuron, to be seen."""
        from mcp import types

        shown = answer.get("images", [])[:THUMBNAILS]
        data = [self.context.library.atlases[answer["atlas"]].images.thumbnail(image["image"]) for image in shown]
        return [
            types.ImageContent(type="image", data=base64.b64encode(webp).decode(), mime_type="image/webp")
            for webp in data
            if webp is not None
        ]


def _until(gone: threading.Event, answers: Iterator[Answer]) -> Iterator[Answer]:
    """The answers, until nobody waits for them."""
    with closing(answers):  # type: ignore[type-var]  # generators alone come here
        for answer in answers:
            if gone.is_set():
                return
            yield answer


@contextmanager
def _no_job() -> Iterator[None]:
    yield None
