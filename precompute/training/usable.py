"""Whether vectors can be trained on: enough of them, all finite, and of a size whose squares float32 holds.

One pass over all vectors before the first step, so that a run of hours does not end in weights that are no numbers.
"""

import torch

from explorer.errors import UserError
from precompute.activations import Activations

LEAST_VECTORS = 16  # a step draws an eighth of them, and the variance of a residual needs two
LARGEST, SMALLEST = 1e15, 1e-15  # of the largest number: float32 ends at 3.4e38, and a norm squares and adds thousands
BATCH = 2**14  # vectors read at a time


def require_usable(activations: Activations) -> None:
    """Refuse vectors that would end in weights that are not numbers.

    Raises:
        UserError: naming what is wrong with them, and the first image that has it.
    """
    where = activations.directory
    if len(activations) < LEAST_VECTORS:
        raise UserError(f"{where}: {len(activations)} vectors, an SAE needs at least {LEAST_VECTORS}; extract more images")
    largest = _largest(activations)
    if largest > LARGEST:
        raise UserError(
            f"{where}: numbers as large as {largest:.0e}, beyond {LARGEST:.0e}, whose squares overflow; divide them all"
        )
    if 0 < largest < SMALLEST:
        raise UserError(f"{where}: no number is larger than {largest:.0e}, and their squares vanish; multiply them all")


def _largest(activations: Activations) -> float:
    """The largest absolute value."""
    largest = 0.0
    for rows in activations.batches(BATCH):
        low, high = torch.aminmax(rows.vectors)
        if not (low.isfinite() and high.isfinite()):
            bad = int((~rows.vectors.isfinite()).flatten(1).any(1).nonzero()[0])
            key = activations.table["key"][int(rows.images[bad])]
            raise UserError(
                f"{activations.directory}: NaN or infinite numbers among the vectors, first of image {key}; extract them again, "
                "or mend the file that was brought"
            )
        largest = max(largest, -low.item(), high.item())
    return largest
