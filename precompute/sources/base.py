"""What every image set offers, and how a file of one is read safely."""

import os
import stat
from pathlib import Path
from typing import Protocol, Self

from explorer.errors import UserError

EXTENSIONS = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"}


class ImageSet(Protocol):
    """Images in a fixed order. `keys[i]` and `labels[i]` belong to image i, the one that `read(i, …)` returns."""

    keys: list[str]
    labels: list[str]

    @property
    def name(self) -> str:
        """A name to show to users."""
        ...

    def read(self, index: int, most: int) -> bytes:
        """Return the bytes of an image file.

        Raises:
            OSError: if it cannot be read.
            UserError: if it is not a regular file, or larger than `most` bytes.
        """
        ...

    def stamp(self) -> str:
        """Return a hash that changes when the list of images does; it is cheap and reads no pixels."""
        ...

    def part(self, within: slice) -> Self:
        """Return some of the images as a set of their own, for a worker that does not need the others."""
        ...


def read_regular(path: Path, most: int) -> bytes:
    """Read a regular file; of a pipe, a device or a file that is too large nothing is read.

    Raises:
        OSError: if it cannot be opened.
        UserError: if it is not a regular file, or larger than `most` bytes.
    """
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # opening a pipe would block
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise UserError("not a regular file")
        check_size(status.st_size, most)
        return file.read(most)


def check_size(size: int, most: int) -> None:
    """Refuse a file by its size.

    Raises:
        UserError: if it is larger than `most` bytes.
    """
    if size > most:
        raise UserError(f"a file of {size / 1e6:,.1f} MB is more than the {most / 1e6:,.1f} MB accepted; see --max-megapixels")
