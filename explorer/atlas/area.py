"""Areas: polygons on an atlas's map, and which places lie inside."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

Area = tuple[tuple[float, float], ...]  # corners x, y in order; the last is joined to the first
FEWEST, MOST = 3, 64  # corners


def inside(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], area: Area) -> Bool[np.ndarray, " n"]:
    """Whether each place lies inside a polygon, by the even-odd rule; NaN is nowhere.

    A ray from the place to the right crosses the border an odd number of times.
    """
    odd = np.zeros(len(x), bool)
    for (ax, ay), (bx, by) in zip(area, [*area[1:], *area[:1]], strict=True):
        if ay == by:
            continue
        spans = (y < ay) != (y < by)
        odd ^= spans & (x < ax + (y - ay) * (bx - ax) / (by - ay))
    return odd


def read_area(text: str) -> Area:
    """A polygon written as `x1,y1,x2,y2,…`; () for anything else."""
    parts = text.split(",")
    if len(text) > 24 * 2 * MOST or len(parts) % 2 or not FEWEST <= len(parts) // 2 <= MOST:
        return ()
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        return ()
    return tuple(zip(numbers[::2], numbers[1::2], strict=True)) if np.isfinite(numbers).all() else ()


def write_area(area: Sequence[tuple[float, float]]) -> str:
    """A polygon as `read_area` reads it, to three decimals."""
    return ",".join(f"{number:.3f}".rstrip("0").rstrip(".") or "0" for corner in area for number in corner)
