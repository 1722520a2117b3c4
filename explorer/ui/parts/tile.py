"""An image of the atlas in a square of fixed size: nothing jumps when it arrives."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui.routes.thumbnails import thumb_url

_THUMB = Markup('<img src="{src}" alt="{alt}" loading="lazy" decoding="async" width="{width}" height="{height}">')
_PLAIN = Markup('<span class="tile">{image}</span>')
_EMPTY = Markup('<span class="tile tile-empty"></span>')


def thumb(atlas: Atlas, image: str) -> Markup:
    """The bare picture."""
    about = atlas.images.about(image)
    return _THUMB.format(src=thumb_url(atlas, image), alt=about.label, width=about.width, height=about.height)


def plain_tile(atlas: Atlas, image: str) -> Markup:
    """A tile that is part of a link."""
    return _PLAIN.format(image=thumb(atlas, image))


def tiles(atlas: Atlas, neuron: int, count: int, fill: bool = True) -> Markup:
    """The strongest images of a neuron.

    Args:
        fill: put empty tiles in place of images that are not there.
    """
    shown = [plain_tile(atlas, top.image) for top in atlas.tops(neuron, count)]
    return Markup("").join(shown + [_EMPTY] * (count - len(shown) if fill else 0))
