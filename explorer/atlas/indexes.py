"""An atlas's vector indexes, each opened by the first who asks and kept for the others."""

from functools import lru_cache

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import CONCEPTS, DIRECTIONS
from explorer.atlas.search import VectorIndex, open_index

KEPT = 8  # indexes of each kind: 65,536 rows of 1,024 numbers are 268 MB


@lru_cache(maxsize=KEPT)
def concepts_of(atlas: Atlas) -> VectorIndex:
    """The mean embedding of each neuron's images, by the atlas's first similarity encoder.

    Raises:
        UserError: if the file is missing or damaged.
    """
    return open_index(atlas.files, CONCEPTS, len(atlas))


@lru_cache(maxsize=KEPT)
def directions_of(atlas: Atlas) -> VectorIndex:
    """The decoder row of each neuron.

    Raises:
        UserError: if the file is missing or damaged.
    """
    return open_index(atlas.files, DIRECTIONS, len(atlas))
