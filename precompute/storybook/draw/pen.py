"""The pen: records the strokes of a drawing; `stamp.py` renders them."""

from typing import NamedTuple

import numpy as np

from precompute.storybook.colours import COLOURS, RGB, mix
from precompute.storybook.draw.shapes import Points, outward, oval, rod

INK: RGB = (54, 38, 56)
CREAM: RGB = (255, 244, 222)
WOOD: RGB = (160, 110, 66)
LEAF: RGB = (104, 160, 84)
METAL: RGB = (176, 182, 196)
GLASS: RGB = (190, 226, 240)
TYRE: RGB = (66, 60, 74)
GOLD: RGB = (248, 204, 92)
BLUSH: RGB = (246, 158, 158)
SKIN: RGB = (206, 190, 128)  # of snails and turtles


class Stroke(NamedTuple):
    """One filled outline."""

    points: Points  # (n, 2) in the drawing's own box
    grow: Points  # (n, 2), the way out at each point
    line: float  # how far it is grown, in units of the line width; 0 = as it is
    fill: RGB


class Pen:
    """Notes the strokes of one drawing in one colour.

    Args:
        colour: one of `COLOURS`; the drawing's body is painted with it.
    """

    def __init__(self, colour: str) -> None:
        self.body = COLOURS[colour]
        self.ink = {"black": (132, 130, 150), "white": (104, 92, 112)}.get(colour, mix(INK, self.body, 0.12))
        self.light = mix(self.body, (255, 255, 255), 0.16 if colour == "black" else 0.32)
        self.dark = mix(self.body, (190, 188, 205), 0.55) if colour == "white" else mix(self.body, (96, 0, 40), 0.16)
        self.accent = CREAM if colour not in ("white", "yellow", "pink") else mix(INK, (90, 110, 190), 0.6)
        self.strokes: list[Stroke] = []
        self.front = 0  # the number of the first stroke that hides what is put into the thing

    def paint(self, fill: RGB, *shapes: Points, line: float = 1.0) -> None:
        """Fill shapes that melt into one: all their outlines in ink first, `line` widths thick, then all insides."""
        steps = [outward(shape) for shape in shapes]
        if line:
            self.strokes += [Stroke(shape, step, line, self.ink) for shape, step in zip(shapes, steps, strict=True)]
        self.strokes += [Stroke(shape, step, 0.0, fill) for shape, step in zip(shapes, steps, strict=True)]

    def begin_front(self) -> None:
        """Strokes from here on lie in front of a thing that is inside this one."""
        self.front = len(self.strokes)

    def wheel(self, x: float, y: float, r: float) -> None:
        self.paint(TYRE, oval(x, y, r))
        self.paint(self.light, oval(x, y, r * 0.58), line=0)

    def eye(self, x: float, y: float, r: float = 0.13, look: float = 0.02) -> None:
        """Draw an eye: white, pupil and glint."""
        self.paint((255, 255, 255), oval(x, y, r, r * 1.15), line=0.5)
        self.paint(INK, oval(x + look, y + 0.01, r * 0.68, r * 0.84), line=0)
        self.paint((255, 255, 255), oval(x + look + r * 0.25, y - r * 0.35, r * 0.28), line=0)

    def smile(self, x: float, y: float, half: float, sag: float = 0.08, width: float = 0.055) -> None:
        self.paint(self.ink, rod((x - half, y), (x, y + sag), (x + half, y), width=width), line=0)

    def blush(self, *spots: tuple[float, float], r: float = 0.09) -> None:
        self.paint(mix(BLUSH, self.body, 0.25), *(oval(x, y, r, r * 0.7) for x, y in spots), line=0)

    def glint(self, x: float, y: float, rx: float, ry: float, turn: float = 0.0) -> None:
        """A highlight."""
        self.paint(mix(self.light, (255, 255, 255), 0.25), oval(x, y, rx, ry, turn), line=0)


def ring(x: float, y: float, radius: float, count: int, start: float = 0.0) -> list[tuple[float, float]]:
    """`count` points spread evenly on a circle; `start` in degrees, clockwise from the right."""
    angle = np.radians(start + 360 / count * np.arange(count))
    return list(zip(x + radius * np.cos(angle), y + radius * np.sin(angle), strict=True))
