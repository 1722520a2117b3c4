"""A concept of somebody's own: images of an atlas that show it, in place of a neuron, to steer along (after arXiv 2512.10805)."""

from collections.abc import Sequence
from itertools import chain, islice

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import AlphaRange
from explorer.errors import VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.hits import Hit
from explorer.operations.search import search_text
from explorer.operations.steer import MOST_IMAGES

NEURONS = 4  # whose images are taken, of those found
REACH = AlphaRange(low=-4.0, high=8.0, step=0.25, strongest=1.0, reads_well=None)
"""α counts ways from the mean of other images to the mean of the concept's."""
USUAL = 4.0  # of eight words of Storybook, six came into most answers about four images at it, on all patches


def images_found(atlas: Atlas, hits: Sequence[Hit]) -> tuple[str, ...]:
    """The strongest images of the first neurons that a search found, one of each in turn, no image twice."""
    tops = [[top.image for top in atlas.top_images(hit.summary.neuron, MOST_IMAGES)] for hit in hits[:NEURONS]]
    in_turn = chain.from_iterable(zip(*(images + [""] * (MOST_IMAGES - len(images)) for images in tops), strict=True))
    return tuple(islice(filter(None, dict.fromkeys(in_turn)), MOST_IMAGES))


def images_of_word(pool: ModelPool, atlas: Atlas, word: str) -> tuple[str, ...]:
    """Images of an atlas that show what a word says, by the neurons that are found by it.

    Raises:
        VisitorError: if nothing is found.
        UserError: if the text tower cannot be loaded.
    """
    images = images_found(atlas, search_text(pool, atlas, word, NEURONS).hits)
    if not images:
        raise VisitorError(f"no neuron of atlas {atlas.name} is found by {word[:40]!r}: try another word, or give images")
    return images
