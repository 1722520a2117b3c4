"""The sheet that a setting is painted on: its size, its tones by weather, and the marks that settings share."""

from collections.abc import Iterable
from random import Random
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from precompute.storybook.colours import RGB, mix
from precompute.storybook.scene import SIDE

FINE = 3  # painted this many times larger, then averaged
HORIZON = 76.0  # pixels from the top; things stand below it


class Mood(NamedTuple):
    """The change of colours by a weather."""

    sky: tuple[RGB, RGB]  # at the top, at the horizon
    tint: RGB  # stirred into every colour of the land
    share: float  # how much of it
    haze: RGB  # what far things fade into


MOODS: dict[str, Mood] = {
    "sunny": Mood(((116, 186, 232), (222, 240, 240)), (255, 244, 214), 0.06, (214, 232, 236)),
    "rainy": Mood(((126, 140, 160), (190, 200, 208)), (112, 126, 148), 0.36, (170, 182, 194)),
    "snowy": Mood(((168, 184, 206), (226, 232, 240)), (226, 232, 242), 0.34, (216, 224, 236)),
    "foggy": Mood(((206, 212, 214), (232, 234, 232)), (222, 226, 224), 0.46, (228, 231, 230)),
    "sunset": Mood(((126, 108, 168), (255, 184, 132)), (232, 138, 116), 0.26, (250, 178, 140)),
    "night": Mood(((26, 32, 82), (84, 96, 156)), (44, 54, 122), 0.5, (78, 90, 150)),
}


class Backdrop:
    """A sheet to paint on. Coordinates are the image's pixels; what lies outside is cut off.

    Args:
        weather: gives the mood.
        rng: where the hills and the grass come from.
    """

    def __init__(self, weather: str, rng: Random) -> None:
        self.rng = rng
        self.weather = weather
        self.mood = MOODS[weather]
        self.image = Image.new("RGB", (SIDE * FINE, SIDE * FINE))
        self.draw = ImageDraw.Draw(self.image)
        self.veil = ImageDraw.Draw(self.image, "RGBA")

    def tone(self, colour: RGB, far: float = 0.0) -> RGB:
        """The colour in this weather, `far` (0–1) away."""
        return mix(mix(colour, self.mood.tint, self.mood.share), self.mood.haze, far)

    def gradient(self, top: RGB, bottom: RGB, start: float = 0.0, end: float = SIDE) -> None:
        """The whole width from `start` to `end`, shading from `top` to `bottom`; not toned."""
        first, last = round(start * FINE), round(end * FINE)
        column = np.linspace(top, bottom, last - first).round().astype(np.uint8)[:, None]
        self.image.paste(Image.fromarray(column).resize((SIDE * FINE, last - first), Image.Resampling.NEAREST), (0, first))

    def sky(self) -> None:
        self.gradient(*self.mood.sky, 0, HORIZON + 14)

    def poly(self, points: Iterable[tuple[float, float]], fill: RGB, alpha: int = 255) -> None:
        flat = [value * FINE for point in points for value in point]
        if alpha == 255:
            self.draw.polygon(flat, fill=fill)
        else:
            self.veil.polygon(flat, fill=(*fill, alpha))

    def oval(self, x: float, y: float, rx: float, ry: float, fill: RGB, alpha: int = 255) -> None:
        corners = [(x - rx) * FINE, (y - ry) * FINE, (x + rx) * FINE, (y + ry) * FINE]
        if alpha == 255:
            self.draw.ellipse(corners, fill=fill)
        else:
            self.veil.ellipse(corners, fill=(*fill, alpha))

    def box(self, left: float, top: float, right: float, bottom: float, fill: RGB) -> None:
        self.draw.rectangle([left * FINE, top * FINE, right * FINE - 1, bottom * FINE - 1], fill=fill)

    def line(self, points: Iterable[tuple[float, float]], fill: RGB, width: float = 1.0) -> None:
        self.draw.line([value * FINE for point in points for value in point], fill=fill, width=max(1, round(width * FINE)))

    def ridge(self, base: float, swing: float, fill: RGB, waves: float = 1.5, edge: RGB | None = None) -> list[float]:
        """A wavy land from about `base` down; `edge` lights its rim. Returns its height at every fourth pixel."""
        a, b = self.rng.uniform(0, 6.3), self.rng.uniform(0, 6.3)
        x = np.arange(0, SIDE + 4, 4)
        y = base + swing * (0.65 * np.sin(x / SIDE * 6.28 * waves + a) + 0.35 * np.sin(x / SIDE * 6.28 * waves * 2.3 + b))
        top = list(zip(x.tolist(), y.tolist(), strict=True))
        self.poly([*top, (SIDE, SIDE), (0, SIDE)], fill)
        if edge:
            self.line(top, edge, 1.2)
        return y.tolist()

    def scatter(self, count: int, top: float, bottom: float = SIDE) -> list[tuple[float, float, float]]:
        """Spots (x, y, nearness 0–1), the far ones first."""
        spots = [(self.rng.uniform(0, SIDE), self.rng.uniform(top, bottom)) for _ in range(count)]
        return [(x, y, (y - top) / (bottom - top)) for x, y in sorted(spots, key=lambda spot: spot[1])]
