"""What questions about steering share: arguments, and what must be there for any of them."""

from typing import Annotated, Literal

from pydantic import Field

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import Where
from explorer.atlas.steerable import can_steer, usual_where
from explorer.errors import VisitorError
from explorer.operations.steer import LONGEST_ANSWER, LONGEST_PROMPT, WARMEST
from explorer.ui import text
from explorer.ui.context import Context
from explorer.ui.questions.base import atlas_named

Prompt = Annotated[str, Field(min_length=1, max_length=LONGEST_PROMPT)]
Length = Annotated[int, Field(ge=1, le=LONGEST_ANSWER, description="tokens of an answer at most")]
Temperature = Annotated[float, Field(ge=0, le=WARMEST, description="0: the likeliest token each time; 1: drawn")]
Seed = Annotated[int, Field(ge=0, lt=2**63, description="of the draws")]
AskedWhere = Annotated[
    Literal["usual", "all", "middle"],
    Field(description="patches: all, as in the paper; middle: all but the rim; usual: where the atlas's α were found"),
]


def to_steer(context: Context, name: str) -> tuple[Atlas, str]:
    """The atlas of that name, or the first that can steer, and the vision-language model.

    Raises:
        VisitorError: if it cannot, or no vision-language model is set.
    """
    atlas = atlas_named(context, name, "steer")
    if context.vlm is None:
        raise VisitorError(text.ASK_NO_MODEL)
    if not can_steer(atlas):
        raise VisitorError(text.STEER_NOT_THIS_ATLAS if atlas.entry.steering else text.STEER_CLOSED)
    return atlas, context.vlm


def where_asked(atlas: Atlas, asked: Literal["usual", "all", "middle"]) -> Where:
    """The patches that an argument means for an atlas."""
    return usual_where(atlas) if asked == "usual" else asked
