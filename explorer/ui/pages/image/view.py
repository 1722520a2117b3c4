"""What the Image page shows, to and from its address: its pictures, the order of the neurons, and the region they are read from.

Whatever is not understood is left out, as everywhere.
"""

from dataclasses import dataclass

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.operations.patches import numbers
from explorer.operations.read import Order, reads_patches
from explorer.ui.address import Params

PATH = "image"
UPLOADED = "upload"  # in place of the second example's hash: the visitor's own second picture


@dataclass(frozen=True)
class ImageView:
    """One view of the page."""

    example: str
    """Content hash of one of the atlas's images; "" for the visitor's own, or for none."""
    second: str
    """The same of the picture to compare with, or UPLOADED; "" for none."""
    order: Order
    region: tuple[int, ...]
    """Patches of the picture, numbered row by row; empty for all of them, and where two pictures are compared."""


def read_view(params: Params, atlas: Atlas) -> ImageView:
    """What an address asks for."""
    second = params.get("example2", "")
    return ImageView(
        params.get("example", ""),
        second,
        "unusual" if params.get("order") == "unusual" else "strongest",
        () if second else _region(params.get("patches", ""), atlas),
    )


def _region(runs: str, atlas: Atlas) -> tuple[int, ...]:
    grid = atlas.manifest.tap.grid
    try:
        region = numbers(runs)
    except VisitorError:
        return ()
    if grid is None:
        return region if reads_patches(atlas) else ()  # how many there are its encoder knows
    return region if region and region[-1] < grid[0] * grid[1] else ()
