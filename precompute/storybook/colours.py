"""The ten colours that things come in, and how colours mix."""

RGB = tuple[int, int, int]

COLOURS: dict[str, RGB] = {  # sRGB; the scenery keeps to softer ones, so that things stand out
    "red": (222, 45, 48),
    "orange": (247, 137, 28),
    "yellow": (252, 214, 48),
    "green": (62, 165, 72),
    "blue": (44, 108, 224),
    "purple": (134, 68, 190),
    "pink": (250, 146, 190),
    "brown": (128, 80, 44),
    "white": (250, 248, 242),
    "black": (46, 44, 54),
}


def mix(first: RGB, second: RGB, share: float) -> RGB:
    """`first` with `share` (0–1) of `second` stirred in."""
    r, g, b = (round(x + (y - x) * share) for x, y in zip(first, second, strict=True))
    return r, g, b
