"""An image of the atlas in a square of fixed size: nothing jumps when it arrives."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.atlas.images import Thumbnail
from explorer.ui.routes.thumbnails import thumb_url
from explorer.ui.templates import render


def tile(atlas: Atlas, image: str) -> Markup:
    """A tile that is part of a link."""
    return render("parts/tile.html", thumbs=[thumb(atlas, image)], empty=0)


def tiles(atlas: Atlas, neuron: int, count: int, fill: bool = True) -> Markup:
    """The strongest images of a neuron.

    Args:
        fill: put empty tiles in place of images that are not there.
    """
    thumbs = [thumb(atlas, top.image) for top in atlas.top_images(neuron, count)]
    return render("parts/tile.html", thumbs=thumbs, empty=count - len(thumbs) if fill else 0)


def thumb(atlas: Atlas, image: str) -> tuple[str, Thumbnail]:
    """Address and size of an image, for `thumb.html`."""
    return thumb_url(atlas, image), atlas.images.about(image)
