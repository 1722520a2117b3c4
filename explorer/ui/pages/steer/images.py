"""What the model is asked about: example pictures of the atlas, or plain white."""

from markupsafe import Markup
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.ui.address import link
from explorer.ui.pages.steer import words
from explorer.ui.pages.steer.view import PATH, WHITE
from explorer.ui.parts.examples import best_images
from explorer.ui.parts.tile import plain_tile

_EXAMPLE = Markup('<a href="{href}" data-view="merge"{current} title="{title}">{tile}</a>')
_WHITE_TILE = Markup('<span class="tile tile-white"><span class="unseen">{}</span></span>').format(words.WHITE)
SIDE = 256  # px of the white picture; encoders resize it anyway


def steer_images(atlas: Atlas, chosen: str) -> Markup:
    """Thumbnails to choose from, and white."""
    tiles = [(image, "", plain_tile(atlas, image)) for image in best_images(atlas)] + [(WHITE, words.WHITE, _WHITE_TILE)]
    links = [
        _EXAMPLE.format(
            href=link(PATH, atlas, example=image),
            title=title,
            tile=tile,
            current=Markup(' aria-current="true"') if image == chosen else "",
        )
        for image, title, tile in tiles
    ]
    return Markup('<div class="examples"><p>{}</p><div class="strip">{}</div></div>').format(words.IMAGES, Markup("").join(links))


def first_image(atlas: Atlas) -> str:
    """The one to begin with."""
    return next(iter(best_images(atlas)), WHITE)


def white() -> Image.Image:
    return Image.new("RGB", (SIDE, SIDE), "white")
