"""Things of the sky. Bigger and outlined, they differ from the tiny stars that the night itself has."""

from precompute.storybook.draw.pen import Pen, ring
from precompute.storybook.draw.shapes import blob, oval, rod


def star(pen: Pen) -> None:
    tips, dents = ring(0, 0.06, 0.98, 5, -90), ring(0, 0.06, 0.5, 5, -54)
    pen.paint(pen.body, blob(*(p for pair in zip(tips, dents, strict=True) for p in pair), steps=5))
    pen.paint(
        pen.light, blob(*((x * 0.5 - 0.06, y * 0.5 - 0.02) for pair in zip(tips, dents, strict=True) for x, y in pair)), line=0
    )
    pen.paint(pen.ink, oval(-0.16, 0.0, 0.055, 0.08), oval(0.12, 0.0, 0.055, 0.08), line=0)
    pen.smile(-0.02, 0.14, 0.1, 0.07)


def moon(pen: Pen) -> None:
    pen.paint(
        pen.body,
        blob(
            (0.3, -0.88),
            (-0.3, -0.72),
            (-0.62, -0.1),
            (-0.42, 0.56),
            (0.1, 0.88),
            (0.64, 0.66),
            (0.2, 0.5),
            (-0.06, 0.0),
            (0.02, -0.5),
        ),
    )
    pen.paint(pen.dark, oval(-0.36, 0.14, 0.11, 0.13), oval(-0.08, 0.62, 0.1, 0.08, 30), oval(-0.3, -0.42, 0.08, 0.1, 30), line=0)
    pen.paint(pen.light, rod((-0.1, -0.74), (-0.46, -0.36), (-0.54, 0.0), width=0.07), line=0)
    pen.paint(pen.ink, rod((-0.24, -0.12), (-0.17, -0.07), (-0.1, -0.12), width=0.05), line=0)
    pen.smile(-0.1, 0.16, 0.07, 0.04)


def cloud(pen: Pen) -> None:
    puffs = [
        oval(-0.6, 0.22, 0.38, 0.36),
        oval(0.62, 0.24, 0.36, 0.34),
        oval(-0.22, -0.16, 0.42),
        oval(0.3, -0.06, 0.36),
        oval(0.02, 0.26, 0.6, 0.34),
    ]
    pen.paint(pen.body, *puffs)
    for x, y, r in ((-0.6, 0.34, 0.24), (0.0, 0.42, 0.26), (0.56, 0.36, 0.22)):
        pen.paint(pen.dark, rod((x - r, y - 0.04), (x, y + 0.1), (x + r, y - 0.04), width=0.07), line=0)
    pen.paint(pen.light, oval(-0.34, -0.32, 0.2, 0.1, -30), oval(0.24, -0.24, 0.14, 0.07, -20), line=0)
