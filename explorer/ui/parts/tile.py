"""An image of the atlas in a square of fixed size: nothing jumps when it arrives."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui.routes.thumbnails import thumb_url
from explorer.ui.templates import render

_TILE = Markup('<span class="tile">{}</span>')
_EMPTY = Markup('<span class="tile tile-empty"></span>')


def thumb(atlas: Atlas, image: str) -> Markup:
    """The bare picture."""
    return render("parts/thumb.html", src=thumb_url(atlas, image), about=atlas.images.about(image))


def plain_tile(atlas: Atlas, image: str) -> Markup:
    """A tile that is part of a link."""
    return _TILE.format(thumb(atlas, image))


def tiles(atlas: Atlas, neuron: int, count: int, fill: bool = True) -> Markup:
    """The strongest images of a neuron.

    Args:
        fill: put empty tiles in place of images that are not there.
    """
    shown = [plain_tile(atlas, top.image) for top in atlas.top_images(neuron, count)]
    return Markup("").join(shown + [_EMPTY] * (count - len(shown) if fill else 0))
