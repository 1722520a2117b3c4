"""One thing as a small image with soft edges: strokes → transform → supersample → shade."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from precompute.storybook.draw.drawings import strokes
from precompute.storybook.draw.shapes import rotation

FINE = 3  # drawn this many times larger, then averaged
GLOW = 0.9  # pixels that the rim is wide
PALE, PALE_ALPHA = (236, 232, 255), 96  # the rim's colour; its alpha stays below a mask's threshold
LIGHT = np.array([-0.5, -0.86])  # where the light comes from, y down


class Pose(NamedTuple):
    """Position, size and turn of a drawing on the image."""

    x: float  # centre, pixels
    y: float
    radius: float  # pixels; the drawing's box is 2 radius wide and high
    angle: float  # degrees, clockwise
    flip: bool  # looks to the left


class Stamp(NamedTuple):
    """A thing cut out of paper."""

    left: int  # of its box, pixels; may be negative
    top: int
    rgb: NDArray[np.uint8]  # (h, w, 3)
    alpha: NDArray[np.uint8]  # (h, w)


def stamp(kind: str, colour: str, pose: Pose, glow: bool = False, front: bool = False) -> Stamp:
    """Draw one thing, or only its front; with a pale rim round it where it must stand out from the dark.

    Raises:
        KeyError: if there is no such kind or colour.
    """
    drawing = strokes(kind, colour, front)
    turn = rotation(pose.angle) @ np.diag([-1.0 if pose.flip else 1.0, 1.0])
    line = 0.45 + 0.028 * pose.radius  # pixels, thinner on small things
    rim = tuple(s._replace(line=s.line + GLOW / line, fill=PALE) for s in drawing if s.line) if glow else ()
    drawing = (*rim, *drawing)
    everything = np.concatenate([s.points * pose.radius + s.grow * (line * s.line) for s in drawing]) @ turn.T + (pose.x, pose.y)
    left, top = np.floor(everything.min(axis=0)).astype(int) - 1
    right, bottom = np.ceil(everything.max(axis=0)).astype(int) + 1
    size = (int(right - left) * FINE, int(bottom - top) * FINE)
    image = Image.new("RGBA", size, (*drawing[0].fill, 0))
    draw = ImageDraw.Draw(image)
    pixels, start = ((everything - (left, top)) * FINE).ravel().tolist(), 0
    for i, s in enumerate(drawing):
        end = start + 2 * len(s.points)
        draw.polygon(pixels[start:end], fill=(*s.fill, 255 if i >= len(rim) else PALE_ALPHA))
        start = end
    return _shade(image.reduce(FINE), int(left), int(top), pose.radius)


def _shade(image: Image.Image, left: int, top: int, radius: float) -> Stamp:
    """Round the flat paper: lit where it faces the light, darker where it turns away and towards its foot."""
    rgba = np.asarray(image)
    height = np.asarray(image.getchannel(3).filter(ImageFilter.GaussianBlur(radius / 5)), dtype=np.float32) / 255
    slope_y, slope_x = np.gradient(height)
    lit = (slope_x * LIGHT[0] + slope_y * LIGHT[1]) * -radius * 0.42
    lit += np.linspace(0.05, -0.07, len(height), dtype=np.float32)[:, None]
    lit = np.clip(lit, -0.2, 0.22)[..., None]
    rgb = rgba[..., :3].astype(np.float32)
    rgb += np.where(lit > 0, (255 - rgb) * lit, rgb * lit)
    return Stamp(left, top, rgb.astype(np.uint8), rgba[..., 3])
