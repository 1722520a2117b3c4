"""Images that models are asked about: each has a name, by which what a model made of it is kept"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from PIL import Image


@dataclass(frozen=True)
class NamedImage:
    """An image to ask a model about."""

    key: str
    """Names it: two images with one key are the same image."""
    load: Callable[[], Image.Image] = field(compare=False)
    """Gives the upright RGB image."""


def named(image: Image.Image) -> NamedImage:
    """An upright RGB image, named by its pixels."""
    key = hashlib.sha256(repr(image.size).encode() + image.tobytes()).hexdigest()
    return NamedImage(key, lambda: image)
