"""Questions about an atlas's map: where its neurons lie."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from explorer.operations.map import map_points
from explorer.ui.context import Context
from explorer.ui.questions.base import Answer, AtlasName, OwnImages, Question, atlas_named


class MapPoints(Question):
    """List the places of an atlas's neurons on its map, by number, with what colours them; refused where there is no map.

    `neuron`, `x`, `y` (0 to 1, no unit: neurons with similar images lie near each other), `ms`, `level`, `density`,
    `steerability` and `group` are lists of one length; a group is a place in `groups`, the commonest names, or −1.
    """

    atlas: AtlasName = ""
    similarity: Annotated[str, Field(max_length=100, description="similarity encoder of MS; empty: the atlas's first")] = ""

    def answers(self, context: Context, own: OwnImages) -> Iterator[Answer]:
        atlas = atlas_named(context, self.atlas)
        similarity = self.similarity if self.similarity in atlas.similarities else None
        yield {"atlas": atlas.name, **map_points(atlas, similarity).as_dict()}
