"""Where the tiles of an "anyres" model lie on an image: LLaVA-NeXT and LLaVA-OneVision see the whole image, then tiles of it.

The image is scaled to fit one of the model's resolutions, padded on both sides alike, and cut into squares, row by row
(transformers' `LlavaNextImageProcessor`).
"""

from collections.abc import Sequence
from math import ceil

import torch
from jaxtyping import Int
from torch import Tensor

PADDING = -1


def resolution(size: tuple[int, int], resolutions: Sequence[Sequence[int]]) -> tuple[int, int] | None:
    """Height and width of all tiles together, in pixels, for an image's; None: the image is too narrow for any."""
    from transformers.image_processing_utils import select_best_resolution

    return select_best_resolution(size, list(resolutions))


def places_shown(size: tuple[int, int], canvas: tuple[int, int], side: int, grid: int) -> Int[Tensor, " t"]:
    """For each patch, of the whole image and then of each tile, the patch of the whole image that shows the same place.

    Args:
        size: height and width of the image.
        canvas: of all tiles together.
        side: of a tile, in pixels.
        grid: patches along it.

    Returns:
        Numbers from 0 to grid² − 1, and `PADDING` where a patch's middle shows none of the image.
    """
    scale = min(canvas[0] / size[0], canvas[1] / size[1])
    rows_i, columns_j = (
        _along(pixels, min(ceil(length * scale), pixels), side // grid, grid) for length, pixels in zip(size, canvas, strict=True)
    )
    in_image_ij = (rows_i[:, None] >= 0) & (columns_j >= 0)
    places_ij = torch.where(in_image_ij, rows_i[:, None] * grid + columns_j, PADDING)
    by_tile = places_ij.unflatten(1, (-1, grid)).unflatten(0, (-1, grid)).transpose(1, 2)  # tile row, tile column, row, column
    return torch.cat([torch.arange(grid * grid), by_tile.flatten()])


def _along(pixels: int, shown: int, patch: int, grid: int) -> Int[Tensor, " n"]:
    """The same along one side: `shown` pixels of the image are in the middle of `pixels`."""
    middles = (torch.arange(pixels // patch) + 0.5) * patch
    shares = (middles - (pixels - shown) // 2) / shown
    return torch.where((shares >= 0) & (shares < 1), (shares * grid).long(), PADDING)
