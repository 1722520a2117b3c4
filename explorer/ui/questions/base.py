"""What a question is: a pydantic model whose fields are its arguments, answered by one operation; and what several share."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.ui import text
from explorer.ui.context import Context

Answer = dict[str, Any]
IMAGE, SECOND_IMAGE = "image", "second_image"  # arguments that take an image of the asker's own
AtlasName = Annotated[
    str, Field(max_length=100, description="name of an atlas, as `atlases` gives it; empty: the first that suits")
]
NeuronNumber = Annotated[int, Field(ge=0, lt=2**31, description="number of a neuron, from 0")]
Patches = Annotated[bool, Field(description="add what there is per patch, rows × columns, where the atlas has patches")]


@dataclass(frozen=True)
class OwnImage:
    """An image that the asker sent."""

    key: str
    load: Callable[[], Image.Image]
    """Opens it; raises UserError if it cannot be used."""


OwnImages = Mapping[str, OwnImage]
"""Those that were sent, by the name of their argument."""


class Question(BaseModel):
    """A question with its arguments."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    own_images: ClassVar[tuple[str, ...]] = ()
    """Names of the arguments by which it takes images of the asker's own. A question that does runs a model."""

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        """The answer, as far as it has come; the last is complete.

        Raises:
            UserError: if it cannot be had.
        """
        raise NotImplementedError

    @classmethod
    def described(cls) -> str:
        """For a program's author, or an agent."""
        return inspect.cleandoc(cls.__doc__ or "")


def asked(question: type[Question], arguments: dict[str, Any]) -> Question:
    """The question with these arguments.

    Raises:
        VisitorError: naming the first argument that is none, and what is wrong with it.
    """
    try:
        return question.model_validate(arguments)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = str(first["loc"][0])[:40] if first["loc"] else "the call"
        reason = first["msg"][:1].lower() + first["msg"][1:]
        raise VisitorError(text.BAD_ARGUMENT.format(name=name, reason=reason[:200])) from None


def atlas_named(context: Context, name: str, page: str = "") -> Atlas:
    """The atlas of that name; the first that suits a page where none is named."""
    if name and name not in context.library.atlases:
        raise VisitorError(text.ASK_UNKNOWN_ATLAS)
    return context.atlas({"atlas": name}, page)


def fields_of(answer: Answer, patches: bool) -> Answer:
    """The fields of an answer, without numbers per patch where they were not asked for."""
    return {name: value for name, value in answer.items() if patches or name not in ("patches", "missed")}
