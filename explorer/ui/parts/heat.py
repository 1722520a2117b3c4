"""Patch activations as a transparent picture, and where it lies over an image."""

import base64
import io

import numpy as np
from jaxtyping import Float
from PIL import Image

from explorer.ui.theme import HEAT_RAMP, channels

SMOOTH = 4  # the grid is enlarged this much, for browsers blend few pixels coarsely


def heat_png(patches: Float[np.ndarray, "rows cols"], peak: float) -> str:
    """A data URI: colour and opacity grow with activation / peak, silent patches are clear."""
    rows, cols = patches.shape
    small = Image.fromarray(np.clip(patches / peak if peak > 0 else patches * 0, 0, 1).astype(np.float32))
    share = np.clip(np.asarray(small.resize((cols * SMOOTH, rows * SMOOTH), Image.Resampling.BICUBIC)), 0, 1)
    stops = np.array([channels(colour) for colour in HEAT_RAMP])
    at = np.linspace(0, 1, len(stops))
    rgba = np.stack([np.interp(share, at, stops[:, c]) for c in range(3)] + [255 * share**0.6], axis=-1)
    packed = io.BytesIO()
    Image.fromarray(rgba.round().astype(np.uint8), "RGBA").save(packed, "PNG")
    return "data:image/png;base64," + base64.b64encode(packed.getvalue()).decode()


def seen_region(width: int, height: int, crop: float | None, *, whole: bool) -> str:
    """CSS that lays a heat-map over the part of a picture that the encoder saw.

    Args:
        width, height: of the picture, any unit.
        crop: side of the centred square the encoder saw, as a share of the shorter side; None = the whole picture.
        whole: the box shows the whole picture; else it is a square tile, filled with the picture's centre.
    """
    short = min(width, height)
    seen = (width, height) if crop is None else (crop * short, crop * short)
    box = (width, height) if whole else (short, short)
    w, h = (100 * part / of for part, of in zip(seen, box, strict=True))
    return f"left:{(100 - w) / 2:.2f}%;top:{(100 - h) / 2:.2f}%;width:{w:.2f}%;height:{h:.2f}%"
