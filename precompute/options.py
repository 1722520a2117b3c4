"""Options that several stages share: their types, defaults and checks."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from PIL import Image
from tyro.conf import arg

from explorer.atlas.picture_limits import FORMATS, Limits
from explorer.errors import UserError

# optional; metavar is what --help shows for the value
MaybeModel = Annotated[str | None, arg(metavar="ID_OR_DIR")]
MaybeImages = Annotated[str | None, arg(metavar="IMAGES")]
MaybeName = Annotated[str | None, arg(metavar="NAME")]
MaybePath = Annotated[Path | None, arg(metavar="PATH")]
MaybeCount = Annotated[int | None, arg(metavar="INT")]

MEGAPIXELS, ASPECT = Limits().megapixels, Limits().aspect  # default limits of images
MOST_MEGAPIXELS = (Image.MAX_IMAGE_PIXELS or 0) * 2 // 10**6  # Pillow refuses larger images as bombs


def at_least(least: int, **options: float | None) -> None:
    """Refuse options that are smaller; None, an option left out, passes.

    Raises:
        UserError: naming the first that is too small.
    """
    for name, value in options.items():
        if value is not None and not least <= value < math.inf:
            raise UserError(f"--{name.replace('_', '-')} {value}: must be at least {least}")


@contextmanager
def given_as(option: str, within: str) -> Iterator[None]:
    """Errors that blame the option `within`, to which a stage of the block was given a value, blame `option`, which was typed."""
    try:
        yield
    except UserError as error:
        raise UserError(str(error).replace(f"{within} ", f"{option} ", 1), error.public) from error


def image_limits(max_megapixels: float = MEGAPIXELS, max_aspect: float = ASPECT) -> Limits:
    """Return the limits of images that a stage reads; unlike visitors' uploads, they may also be PPM and PGM files.

    Raises:
        UserError: if a limit is out of range.
    """
    at_least(1, max_megapixels=max_megapixels, max_aspect=max_aspect)
    if max_megapixels > MOST_MEGAPIXELS:
        raise UserError(f"--max-megapixels {max_megapixels:g}: must be at most {MOST_MEGAPIXELS}; make larger images smaller")
    return Limits(max_megapixels, max_aspect, (*FORMATS, "PPM"))
