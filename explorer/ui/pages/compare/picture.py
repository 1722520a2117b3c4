"""The same picture, read by two atlases."""

from collections.abc import Sequence

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.model_pool import ModelPool
from explorer.operations.atlases import can_read
from explorer.operations.browse import summarize
from explorer.operations.first_questions import best_images
from explorer.operations.images import NamedImage
from explorer.operations.read import read
from explorer.ui.address import link
from explorer.ui.pages.compare import words
from explorer.ui.parts.card import card
from explorer.ui.parts.notice import notice
from explorer.ui.parts.numbers import activation
from explorer.ui.parts.tile import tile
from explorer.ui.templates import render

FIRING = 6  # neurons of each


def choice(left: Atlas, right: Atlas, chosen: str) -> Markup:
    """The section's heading, and the atlas's own pictures to choose from."""
    links = [
        (link("compare", left, **{"with": right.name, "example": image}), image == chosen, tile(left, image))
        for image in best_images(left)
    ]
    return render("pages/compare/choice.html", links=links, words=words)


def read_by_both(pool: ModelPool, pair: Sequence[Atlas], image: NamedImage) -> Markup:
    """The neurons of each atlas that fire on an image.

    Raises:
        UserError: if a model cannot be loaded.
    """
    return render("pages/compare/read.html", sides=[(atlas.name, _firing(pool, atlas, image)) for atlas in pair])


def _firing(pool: ModelPool, atlas: Atlas, image: NamedImage) -> Markup:
    if not can_read(atlas):
        return notice(words.NOT_READ.format(atlas=atlas.name))
    fired = read(pool, atlas, image, min(FIRING, len(atlas))).neurons
    cards = [
        (
            card(atlas, summarize(atlas, one.neuron), link("neuron", atlas, id=one.neuron)),
            f"activation {activation(one.activation)}",
        )
        for one in fired
    ]
    return render("pages/compare/firing.html", cards=cards)
