"""The words above the upload, and example pictures from the atlas below it."""

from dataclasses import replace

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui import text
from explorer.ui.components.tile import plain_tile
from explorer.ui.view import usual, write_query

EXAMPLES = 6
_EXAMPLE = Markup('<a href="image?{query}" data-view{current}>{tile}</a>')


def intro() -> Markup:
    return Markup('<div class="intro"><h1>{}</h1><p>{}</p></div>').format(text.IMAGE_TITLE, text.IMAGE_INTRO)


def examples(atlas: Atlas, chosen: str) -> Markup:
    """Links to the atlas's best images."""
    links = []
    for image in best_images(atlas):
        current = Markup(' aria-current="true"') if image == chosen else ""
        query = write_query(usual(atlas), atlas, example=image)
        links.append(_EXAMPLE.format(query=query, current=current, tile=plain_tile(atlas, image)))
    return Markup('<div class="examples"><p>{}</p><div class="strip">{}</div></div>').format(
        text.IMAGE_EXAMPLES, Markup("").join(links)
    )


def best_images(atlas: Atlas) -> list[str]:
    """The strongest image of some of the most monosemantic neurons, no image twice."""
    best = atlas.page(replace(usual(atlas), size=4 * EXAMPLES)).neurons
    images = (top.image for neuron in best for top in atlas.tops(neuron, 1))
    return list(dict.fromkeys(images))[:EXAMPLES]
