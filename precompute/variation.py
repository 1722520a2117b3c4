"""How much activations vary: nothing can be learnt from vectors that are all equal, and little from ones far from 0."""

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import UserError
from precompute.activations import Activations

SAMPLE = 4096  # vectors that the offsets are judged by
MOST_OFFSET = 1e5  # standard deviations; beyond, min-max scaling leaves float32, which has 7 digits, fewer than two


def require_variation(activations: Activations) -> None:
    """Refuse vectors that are all equal; reads no further than to the first that is not.

    Raises:
        UserError: if they are.
    """
    first = activations.vectors(torch.zeros(1, dtype=torch.int64))
    if any((rows.vectors.flatten(0, 1) != first).any() for rows in activations.batches(SAMPLE)):
        return
    if len(activations) == 1:
        what, how = "there is one vector only", "extract more images"
    else:
        what = f"all {len(activations):,} vectors are {'equal' if first.any() else 'zero'}"
        how = "check the encoder and its tap, or the file that was brought"
    raise UserError(f"{activations.directory}: {what}, and an SAE learns from what differs between vectors; {how}")


def offset_warning(activations: Activations) -> str:
    """Say which dimensions lie too far from 0 for min-max scaling; "" if none does. A dimension that never varies is none."""
    which = torch.linspace(0, len(activations) - 1, min(SAMPLE, len(activations))).long()
    offset_d = _offsets(activations.vectors(which).double())
    far = int((offset_d > MOST_OFFSET).sum())
    if not far:
        return ""
    worst = int(offset_d.argmax())
    return (
        f"{far:,} of {len(offset_d):,} dimensions have an offset of more than 10⁵ standard deviations (dimension {worst}: "
        f"{offset_d[worst]:.1e}): min-max scaling, and so MS, loses its digits there; subtract each dimension's mean first"
    )


def _offsets(v_nd: Float[Tensor, "n d"]) -> Float[Tensor, " d"]:
    """|mean| / standard deviation of each dimension; 0 where it does not vary."""
    varies_d = v_nd.amax(0) > v_nd.amin(0)
    return torch.where(varies_d, v_nd.mean(0).abs() / v_nd.std(0, correction=0), 0)
