"""Small scenes for the tests, and a colour-namer that knows nothing of the drawings."""

import numpy as np

from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import KINDS
from precompute.storybook.scene import Bunch, Scene, Thing


def lone(kind, colour, setting="meadow", weather="sunny", radius=24.0, seed=1):
    """One thing in the middle of the picture."""
    thing = Thing(kind, colour, 64.0, 118 - KINDS[kind].tall * radius, radius, 0.0, False)
    return Scene(seed, setting, weather, (Bunch(kind, colour, "medium", (thing,)),), None)


def lab(rgb):
    """CIELAB (D65) of sRGB 0–255, with lightness counted half: shading is no change of colour."""
    c = np.asarray(rgb, dtype=float) / 255
    c = np.where(c > 0.04045, ((c + 0.055) / 1.055) ** 2.4, c / 12.92)
    xyz = c @ np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]]) / (0.9505, 1, 1.089)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = np.moveaxis(f, -1, 0)
    return np.stack([0.5 * (116 * y - 16), 500 * (x - y), 200 * (y - z)], axis=-1)


def colour_shares(image, mask):
    """For each colour's name, the share of the mask's pixels that are nearest to it."""
    names = list(COLOURS)
    distance = np.linalg.norm(lab(image[mask])[:, None] - lab([COLOURS[name] for name in names]), axis=2)
    counts = np.bincount(distance.argmin(axis=1), minlength=len(names)) / mask.sum()
    return dict(zip(names, counts, strict=True))
