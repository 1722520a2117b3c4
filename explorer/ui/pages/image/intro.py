"""The words above the upload, and example pictures from the atlas below it."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui.address import link
from explorer.ui.pages.image import words
from explorer.ui.parts.examples import best_images
from explorer.ui.parts.tile import plain_tile

_EXAMPLE = Markup('<a href="{href}" data-view{current}>{tile}</a>')


def intro() -> Markup:
    return Markup('<div class="intro"><h1>{}</h1><p>{}</p></div>').format(words.TITLE, words.INTRO)


def examples(atlas: Atlas, chosen: str) -> Markup:
    """Links to the atlas's best images."""
    links = []
    for image in best_images(atlas):
        current = Markup(' aria-current="true"') if image == chosen else ""
        links.append(_EXAMPLE.format(href=link("image", atlas, example=image), current=current, tile=plain_tile(atlas, image)))
    return Markup('<div class="examples"><p>{}</p><div class="strip">{}</div></div>').format(
        words.EXAMPLES, Markup("").join(links)
    )
