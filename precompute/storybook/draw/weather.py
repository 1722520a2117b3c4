"""The weather: sun, stars and haze behind the land; rain, snow and fog over everything."""

from functools import lru_cache
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from precompute.storybook.draw.backdrop import HORIZON, Backdrop
from precompute.storybook.scene import SIDE

SHELTERED = ("room", "space", "ocean")  # no weather falls there


def lights(sheet: Backdrop) -> None:
    """Sun, stars and haze of the sky."""
    rng = sheet.rng
    if sheet.weather == "sunny":
        x, y = rng.choice((16, 112)) + rng.uniform(-4, 4), rng.uniform(13, 20)
        for r, alpha in ((26, 26), (19, 40), (14, 60)):
            sheet.oval(x, y, r, r, (255, 246, 200), alpha)
        sheet.oval(x, y, 9, 9, (255, 240, 178))
    elif sheet.weather == "sunset":
        x = rng.uniform(24, 104)
        for r, alpha in ((40, 24), (30, 34), (22, 50)):
            sheet.oval(x, HORIZON - 14, r, r, (255, 224, 160), alpha)
        sheet.oval(x, HORIZON - 14, 14, 14, (255, 226, 150))
    elif sheet.weather == "night":
        for x, y, n in sheet.scatter(44, 0, HORIZON - 4):
            r = rng.choice((0.4, 0.5, 0.75)) * (1.1 - 0.5 * n)
            sheet.oval(x, y, r, r, (255, 246, 220))
    else:
        for x, y, _n in sheet.scatter(6, 4, 46):
            sheet.oval(
                x, y, rng.uniform(20, 44), rng.uniform(2, 4), (255, 255, 255) if sheet.weather != "rainy" else (90, 102, 124), 26
            )


def falling(image: NDArray[np.float32], weather: str, rng: Random) -> None:
    """Draw rain, snow or fog over the image, in place; so thin that colours stay recognisable.

    Args:
        image: (128, 128, 3), 0–255.
    """
    if weather in ("rainy", "snowy"):
        veil = np.roll(_flakes(weather), (rng.randrange(SIDE), rng.randrange(SIDE)), axis=(0, 1))
        image += (np.float32(244) - image) * veil[..., None]
    elif weather == "foggy":
        height = np.linspace(0, 1, SIDE, dtype=np.float32)[:, None]
        drift = np.sin(np.linspace(0, 6.28, SIDE, dtype=np.float32) * rng.uniform(0.6, 1.4) + rng.uniform(0, 6))[None]
        veil = 0.3 * np.exp(-(((height - 0.6 - 0.04 * drift) / 0.1) ** 2)) + 0.16 * np.exp(
            -(((height - 0.88 + 0.05 * drift) / 0.07) ** 2)
        )
        image += (np.float32(236) - image) * veil[..., None]


@lru_cache(maxsize=2)
def _flakes(weather: str) -> NDArray[np.float32]:
    """Return a sheet of rain or snow that tiles; each image shifts it."""
    rng, fine = Random(weather), 4
    image = Image.new("L", (3 * SIDE * fine, 3 * SIDE * fine))
    draw = ImageDraw.Draw(image)
    for _ in range(95 if weather == "rainy" else 90):
        x, y, near = rng.uniform(0, SIDE), rng.uniform(0, SIDE), rng.random()
        for ox in (0, SIDE, 2 * SIDE):
            for oy in (0, SIDE, 2 * SIDE):
                px, py = (x + ox) * fine, (y + oy) * fine
                if weather == "rainy":
                    length = (5 + 5 * near) * fine
                    draw.line([px, py, px - 0.26 * length, py + length], fill=int(90 + 70 * near), width=2 + round(1.4 * near))
                else:
                    r = (0.55 + 0.95 * near) * fine
                    draw.ellipse([px - r, py - r, px + r, py + r], fill=int(150 + 90 * near))
    middle = image.crop((SIDE * fine, SIDE * fine, 2 * SIDE * fine, 2 * SIDE * fine)).reduce(fine)
    return np.asarray(middle, dtype=np.float32) / np.float32(255)
