"""The question that puts two atlases, or several neurons, side by side."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.operations.compare import MOST_NEURONS, compare, together
from explorer.ui import text
from explorer.ui.context import Context
from explorer.ui.questions.base import Answer, AtlasName, OwnImages, Question, atlas_named


class Compare(Question):
    """Compare two atlases, `atlas` and `other`: figures, best and worst neurons, and the counterparts of the best ones.

    Or, with `neurons`, several neurons of any atlases, and the share of top images that each two have in common.
    MS is comparable where `similarity` is not null. Example: atlas="photos", other="photos-baseline".
    """

    atlas: AtlasName = ""
    other: Annotated[str, Field(max_length=100, description="name of the other atlas")] = ""
    neurons: Annotated[
        str, Field(max_length=1000, description=f"ATLAS:NUMBER,ATLAS:NUMBER, at most {MOST_NEURONS}; empty: compare two atlases")
    ] = ""

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        if not self.neurons:
            yield compare(atlas_named(context, self.atlas), _other(context, self.other)).as_dict()
            return
        chosen = []
        for part in self.neurons.split(",")[:MOST_NEURONS]:
            name, _, number = part.strip().rpartition(":")
            if not name or not number.isascii() or not number.isdecimal() or len(number) > 9:
                raise VisitorError(text.ASK_NEURONS)
            chosen.append((atlas_named(context, name), int(number)))
        yield together(chosen).as_dict()


def _other(context: Context, name: str) -> Atlas:
    if not name:
        raise VisitorError(text.ASK_OTHER)
    return atlas_named(context, name)
