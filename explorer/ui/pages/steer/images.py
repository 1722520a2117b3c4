"""What the model is asked about: example pictures of the atlas, or plain white."""

from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.first_questions import best_images
from explorer.operations.images import WHITE
from explorer.ui.address import link
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.view import PATH
from explorer.ui.parts.tile import tile
from explorer.ui.templates import render

_WHITE_TILE = Markup('<span class="tile tile-white"><span class="unseen">{}</span></span>').format(words.WHITE)


class Choice(NamedTuple):
    """An image to choose."""

    href: str
    title: str
    tile: Markup
    current: bool  # whether it is the one chosen


def steer_images(atlas: Atlas, chosen: str) -> Markup:
    """Thumbnails to choose from, and white."""
    choices = [_choice(atlas, image, image == chosen) for image in best_images(atlas)]
    plain = Choice(link(PATH, atlas, example=WHITE), words.WHITE, _WHITE_TILE, chosen == WHITE)
    return render("pages/steer/images.html", choices=[*choices, plain], words=words)


def _choice(atlas: Atlas, image: str, current: bool) -> Choice:
    about = atlas.images.about(image)
    return Choice(link(PATH, atlas, example=image), about.label or about.key, tile(atlas, image, ask=True), current)
