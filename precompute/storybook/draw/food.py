"""Things to eat."""

from precompute.storybook.draw.pen import CREAM, GOLD, LEAF, METAL, WOOD, Pen
from precompute.storybook.draw.shapes import blob, box, oval, rod

DOUGH = (226, 172, 108)
SPRINKLES = ((250, 250, 250), (90, 190, 210), (250, 212, 80), (238, 96, 120))


def apple(pen: Pen) -> None:
    left = [(-0.3, -0.56), (-0.66, -0.36), (-0.74, 0.12), (-0.5, 0.7), (-0.18, 0.88)]
    right = [(-x, y) for x, y in reversed(left)]
    pen.paint(pen.body, blob((0, -0.4), *left, (0, 0.8), *right))
    pen.paint(pen.dark, blob((0.28, 0.74), (0.56, 0.44), (0.66, 0.05), (0.5, 0.26)), line=0)
    pen.paint(pen.dark, oval(0, -0.44, 0.2, 0.08), line=0)
    pen.paint(WOOD, rod((0, -0.42), (0.02, -0.66), (0.12, -0.88), width=0.1), line=0.7)
    pen.paint(LEAF, blob((0.08, -0.62), (0.28, -0.86), (0.58, -0.84), (0.4, -0.6)))
    pen.glint(-0.4, -0.2, 0.1, 0.22, 18)


def cake(pen: Pen) -> None:
    pen.paint(METAL, oval(0, 0.8, 0.85, 0.14))
    pen.paint(pen.body, box(-0.7, 0.2, 0.7, 0.8, 0.1), oval(0, 0.76, 0.68, 0.12))
    pen.paint(pen.body, box(-0.46, -0.3, 0.46, 0.26, 0.08))
    low = [(x, 0.36 if i % 2 else 0.26) for i, x in enumerate((0.7, 0.46, 0.22, 0.0, -0.22, -0.46, -0.7))]
    pen.paint(pen.accent, blob((-0.72, 0.16), (0, 0.12), (0.72, 0.16), *low), line=0.5)
    high = [(x, -0.14 if i % 2 else -0.22) for i, x in enumerate((0.46, 0.23, 0.0, -0.23, -0.46))]
    pen.paint(pen.accent, blob((-0.48, -0.34), (0, -0.38), (0.48, -0.34), *high), line=0.5)
    for x in (-0.24, 0.0, 0.24):
        pen.paint(pen.light, box(x - 0.05, -0.7, x + 0.05, -0.34), line=0.6)
        pen.paint(GOLD, blob((x, -0.94), (x + 0.07, -0.78), (x, -0.71), (x - 0.07, -0.78)), line=0.5)
    pen.paint(pen.dark, *(oval(x, 0.6, 0.06) for x in (-0.5, -0.17, 0.17, 0.5)), line=0)


def donut(pen: Pen) -> None:
    pen.paint(DOUGH, oval(0, 0.1, 0.93, 0.65))
    drips = [
        (0.9, 0.02),
        (0.84, 0.3),
        (0.62, 0.26),
        (0.42, 0.54),
        (0.14, 0.42),
        (-0.14, 0.6),
        (-0.4, 0.38),
        (-0.66, 0.44),
        (-0.78, 0.2),
        (-0.9, 0.14),
    ]
    top = [(-0.88, -0.16), (-0.6, -0.54), (0, -0.72), (0.6, -0.54), (0.88, -0.16)]
    pen.paint(pen.body, blob(*top, *drips), line=0.6)
    pen.glint(-0.5, -0.36, 0.2, 0.07, -32)
    spots = (
        (-0.66, -0.1),
        (-0.3, -0.5),
        (0.14, -0.56),
        (0.5, -0.36),
        (0.7, -0.02),
        (0.46, 0.2),
        (0.1, 0.28),
        (-0.3, 0.26),
        (-0.56, 0.14),
    )
    for i, (x, y) in enumerate(spots):
        pen.paint(SPRINKLES[i % 4], oval(x, y, 0.08, 0.035, 57 * i), line=0.25)
    pen.paint(DOUGH, oval(0, -0.12, 0.28, 0.17), line=0.6)
    pen.paint((128, 84, 58), oval(0, -0.09, 0.22, 0.12), line=0)


def cherry(pen: Pen) -> None:
    pen.paint(
        LEAF,
        rod((-0.38, 0.2), (-0.22, -0.4), (0.14, -0.84), width=0.09),
        rod((0.42, 0.3), (0.38, -0.3), (0.14, -0.84), width=0.09),
        line=0.7,
    )
    pen.paint(LEAF, blob((0.12, -0.8), (-0.14, -0.9), (-0.5, -0.7), (-0.62, -0.42), (-0.2, -0.52)))
    pen.paint((78, 128, 62), rod((0.06, -0.78), (-0.5, -0.52), width=0.05), line=0)
    for x, y in ((0.38, 0.5), (-0.38, 0.42)):
        pen.paint(
            pen.body,
            blob(
                (x, y - 0.34), (x + 0.3, y - 0.32), (x + 0.4, y + 0.05), (x, y + 0.41), (x - 0.4, y + 0.05), (x - 0.3, y - 0.32)
            ),
        )
        pen.paint(pen.dark, oval(x, y - 0.28, 0.1, 0.04), line=0)
        pen.glint(x - 0.18, y - 0.1, 0.07, 0.13, 24)
    pen.paint(CREAM, oval(-0.58, 0.3, 0.03), line=0)
