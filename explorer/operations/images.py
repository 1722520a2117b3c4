"""Images that models are asked about: each has a name, by which what a model made of it is kept."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.atlas.pictures import decode_picture

WHITE = "white"  # the key of the plain image, beside the content hashes of others
WHITE_SIDE = 336  # pixels


@dataclass(frozen=True)
class NamedImage:
    """An image to ask a model about."""

    key: str
    """Names it: two images with one key are the same image."""
    load: Callable[[], Image.Image] = field(compare=False)
    """Gives the upright RGB image."""


def atlas_image(atlas: Atlas, key: str) -> NamedImage:
    """One of an atlas's images by its content hash, or the plain image, by WHITE."""
    return NamedImage(key, white if key == WHITE else partial(_decoded, atlas, key))


def white() -> Image.Image:
    """The plain image."""
    return Image.new("RGB", (WHITE_SIDE, WHITE_SIDE), "white")


def _decoded(atlas: Atlas, key: str) -> Image.Image:
    return decode_picture(atlas.images.thumbnail(key) or b"")


def named(image: Image.Image) -> NamedImage:
    """An upright RGB image, named by its pixels."""
    key = hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
    return NamedImage(key, lambda: image)
