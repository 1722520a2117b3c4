"""The atlas's own pictures, for models to be asked about."""

from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture
from explorer.errors import VisitorError
from explorer.operations.first_questions import best_images
from explorer.operations.images import WHITE
from explorer.ui import text


def first_image(atlas: Atlas) -> str:
    """The best of them; white where there is none."""
    return next(iter(best_images(atlas)), WHITE)


def example(atlas: Atlas, image: str) -> Image.Image:
    """One of the atlas's own pictures, by content hash.

    Raises:
        UserError: if the atlas does not have it.
    """
    data = atlas.images.thumbnail(image)
    if data is None:
        raise VisitorError(text.UNKNOWN_EXAMPLE)
    return decode_picture(data)
