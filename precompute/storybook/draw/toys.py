"""The toys."""

from itertools import pairwise

from precompute.storybook.draw.pen import CREAM, GOLD, METAL, WOOD, Pen
from precompute.storybook.draw.shapes import blob, box, mirror, oval, poly, rod


def ball(pen: Pen) -> None:
    pen.paint(pen.body, oval(0, 0, 0.79))
    wedge = blob((-0.1, -0.77), (0.12, -0.77), (0.36, -0.3), (0.36, 0.3), (0.12, 0.77), (-0.1, 0.77), (0.12, 0.3), (0.12, -0.3))
    pen.paint(pen.accent, wedge, line=0.4)
    pen.paint(pen.accent, blob((-0.74, -0.26), (-0.52, -0.3), (-0.44, 0.0), (-0.5, 0.34), (-0.72, 0.28), (-0.62, 0.0)), line=0.4)
    pen.paint(pen.dark, blob((0.36, 0.66), (0.7, 0.3), (0.74, 0.0), (0.6, 0.2), (0.4, 0.46)), line=0)
    pen.glint(-0.26, -0.48, 0.17, 0.09, -35)


def kite(pen: Pen) -> None:
    pen.paint(pen.ink, rod((0, 0.36), (0.18, 0.56), (-0.08, 0.74), (0.1, 0.96), width=0.05), line=0)
    for x, y in ((0.14, 0.6), (-0.04, 0.84)):
        pen.paint(
            pen.light,
            poly((x, y), (x - 0.2, y - 0.1), (x - 0.2, y + 0.1)),
            poly((x, y), (x + 0.2, y - 0.1), (x + 0.2, y + 0.1)),
            line=0.7,
        )
    pen.paint(pen.body, poly((0, -0.99), (0.66, -0.3), (0, 0.42), (-0.66, -0.3)))
    pen.paint(pen.light, poly((0, -0.95), (0, -0.3), (-0.6, -0.3)), line=0)
    pen.paint(pen.dark, poly((0, 0.36), (0, -0.3), (0.6, -0.3)), line=0)
    pen.paint(pen.accent, rod((0, -0.92), (0, 0.36), width=0.06), rod((-0.6, -0.3), (0.6, -0.3), width=0.06), line=0)


def balloon(pen: Pen) -> None:
    pen.paint(pen.ink, rod((0, 0.35), (0.08, 0.56), (-0.08, 0.76), (0.04, 0.98), width=0.05), line=0)
    pen.paint(pen.dark, poly((0, 0.24), (0.13, 0.44), (-0.13, 0.44)))
    pen.paint(
        pen.body,
        blob((0, -0.99), (0.42, -0.84), (0.56, -0.42), (0.38, 0.04), (0, 0.3), (-0.38, 0.04), (-0.56, -0.42), (-0.42, -0.84)),
    )
    pen.paint(pen.dark, blob((0.1, 0.2), (0.34, 0.02), (0.5, -0.3), (0.38, -0.2), (0.2, 0.06)), line=0)
    pen.glint(-0.24, -0.62, 0.1, 0.2, 24)


def drum(pen: Pen) -> None:
    stick = rod((-0.2, -0.5), (-0.7, -0.78), width=0.09)
    pen.paint(WOOD, stick, mirror(stick), oval(-0.72, -0.78, 0.1), oval(0.72, -0.78, 0.1), line=0.8)
    pen.paint(pen.body, box(-0.78, -0.42, 0.78, 0.56), oval(0, 0.56, 0.78, 0.28))
    zigzag = [(-0.76, 0.0), (-0.38, 0.66), (0.0, 0.0), (0.38, 0.66), (0.76, 0.0)]
    for start, end in pairwise(zigzag):
        pen.paint(pen.accent, rod(start, end, width=0.05), line=0)
    pen.paint(GOLD, rod((-0.77, 0.56), (-0.5, 0.76), (0, 0.83), (0.5, 0.76), (0.77, 0.56), width=0.09), line=0.5)
    pen.paint(GOLD, oval(0, -0.42, 0.8, 0.24))
    pen.paint(CREAM, oval(0, -0.44, 0.68, 0.16), line=0.4)


def robot(pen: Pen) -> None:
    pen.paint(METAL, rod((0, -0.7), (0, -0.9), width=0.07), line=0.8)
    pen.paint(GOLD, oval(0, -0.9, 0.09))
    arm = rod((-0.42, 0.12), (-0.6, 0.2), (-0.62, 0.46), width=0.14)
    pen.paint(METAL, arm, mirror(arm))
    pen.paint(pen.dark, oval(-0.62, 0.5, 0.12), oval(0.62, 0.5, 0.12))
    pen.paint(METAL, box(-0.32, 0.6, -0.12, 0.88), box(0.12, 0.6, 0.32, 0.88))
    pen.paint(pen.dark, box(-0.42, 0.84, -0.06, 0.98, 0.06), box(0.06, 0.84, 0.42, 0.98, 0.06))
    pen.paint(pen.body, box(-0.46, 0.02, 0.46, 0.66, 0.1))
    pen.paint(pen.dark, box(-0.66, -0.5, -0.54, -0.2, 0.05), box(0.54, -0.5, 0.66, -0.2, 0.05))
    pen.paint(pen.body, box(-0.56, -0.74, 0.56, -0.02, 0.14))
    pen.paint(pen.light, box(-0.46, -0.69, 0.46, -0.61, 0.03), line=0)
    pen.eye(-0.23, -0.42, 0.15)
    pen.eye(0.23, -0.42, 0.15)
    pen.paint(CREAM, box(-0.26, -0.21, 0.26, -0.1, 0.04), line=0.5)
    pen.paint(CREAM, box(-0.28, 0.16, 0.28, 0.4, 0.05), line=0.5)
    for x, fill in ((-0.16, (226, 80, 80)), (0.0, GOLD), (0.16, (90, 180, 120))):
        pen.paint(fill, oval(x, 0.28, 0.06), line=0)
