"""Regions of an image by name, as the patches that they hold.

Set on every patch, a neuron leaves nothing of what the image shows; the rim keeps it. At three times their strongest activation,
89 neurons of Storybook leave 46 % of the answers about six pictures well to read if set on all patches, 85 % on the middle.
"""

from explorer.atlas.manifest import Where

RIM = 8  # of a side, the share that its rim takes at either end: an eighth


def patches_of(where: Where, grid: tuple[int, int]) -> tuple[int, ...] | None:
    """The patches of a region, ascending; None for all of them.

    `middle` is all but a rim, an eighth of the side wide and at least one patch; a side of two patches or one has none.

    Args:
        grid: rows and columns of patches, which are numbered row by row from 0.
    """
    if where == "all":
        return None
    rows, columns = map(_inside, grid)
    return tuple(row * grid[1] + column for row in rows for column in columns)


def _inside(side: int) -> range:
    rim = max(1, side // RIM) if side > 2 else 0
    return range(rim, side - rim)
