"""The pictures that the page is about: images of the atlas, or the visitor's own."""

import base64
from functools import partial
from typing import NamedTuple

from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.operations.images import NamedImage, atlas_image
from explorer.ui import text
from explorer.ui.pages.image.view import UPLOADED, ImageView
from explorer.ui.parts.image_input import foreign, keep_view, uploaded
from explorer.ui.routes.thumbnails import thumb_url
from explorer.ui.uploads import Uploads


class Own(NamedTuple):
    """A visitor's picture."""

    name: str  # of the upload
    width: int  # px of the small one that is kept of it
    height: int
    notes: list[str]  # what to say of it


class Picture(NamedTuple):
    """A picture, to be drawn and to be read."""

    image: NamedImage
    src: str
    width: int  # px of what is drawn
    height: int
    notes: list[str]  # what to say of it


def keep(uploads: Uploads, atlas: Atlas, name: str) -> tuple[Own, Image.Image]:
    """A visitor's picture, kept small to be drawn again; and itself, to be read now.

    Raises:
        UserError: if there is no such upload, or it is no picture.
    """
    image = uploaded(uploads, name)
    return Own(name, *keep_view(uploads, name, image), foreign(atlas, image)), image


def pictures(uploads: Uploads, atlas: Atlas, view: ImageView, own: tuple[Own | None, Own | None]) -> list[Picture]:
    """The picture of a view, and the one that it is compared with; none where none was given.

    Args:
        own: the visitor's first picture and the second.

    Raises:
        UserError: if one is not in the atlas, or gone.
    """
    first = _one(uploads, atlas, view.example, own[0])
    if first is None or not view.second:
        return [first] if first else []
    second = _one(uploads, atlas, "" if view.second == UPLOADED else view.second, own[1])
    return [first, second] if second else [first]


def _one(uploads: Uploads, atlas: Atlas, chosen: str, own: Own | None) -> Picture | None:
    if chosen and chosen not in atlas.images:
        raise VisitorError(text.UNKNOWN_EXAMPLE)
    if chosen:
        about = atlas.images.about(chosen)
        return Picture(atlas_image(atlas, chosen), thumb_url(atlas, chosen), about.width, about.height, [])
    if own is None:
        return None
    small = uploads.view(own.name)
    src = "data:image/webp;base64," + base64.b64encode(small).decode()
    image = NamedImage(own.name, partial(uploaded, uploads, own.name))
    return Picture(image, src, own.width, own.height, own.notes)
