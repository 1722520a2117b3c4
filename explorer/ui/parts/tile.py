"""An image of the atlas in a square of fixed size, with the way to the neurons that fire on it: nothing jumps when it arrives."""

from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.images import Thumbnail
from explorer.operations.atlases import can_read
from explorer.ui.address import link
from explorer.ui.routes.thumbnails import thumb_url
from explorer.ui.templates import render


class Tile(NamedTuple):
    """An image as a tile shows it."""

    src: str
    about: Thumbnail
    ask: str  # the view of the neurons that fire on it; "" where the atlas has no encoder to read it with


def tile(atlas: Atlas, image: str, ask: bool = False) -> Markup:
    """One image.

    Args:
        ask: with the way to the neurons that fire on it; not inside a link.
    """
    shown = tile_of(atlas, image)
    return render("parts/tile.html", tiles=[shown if ask else shown._replace(ask="")], href="", empty=0)


def tiles(atlas: Atlas, neuron: int, count: int, href: str) -> Markup:
    """The strongest images of a neuron, each a link; empty tiles in place of images that are not there.

    Args:
        href: where they lead: to the neuron.
    """
    shown = [tile_of(atlas, top.image) for top in atlas.top_images(neuron, count)]
    return render("parts/tile.html", tiles=shown, href=href, empty=count - len(shown))


def tile_of(atlas: Atlas, image: str) -> Tile:
    """What a template draws a tile from."""
    ask = link("image", atlas, example=image) if can_read(atlas) else ""
    return Tile(thumb_url(atlas, image), atlas.images.about(image), ask)
