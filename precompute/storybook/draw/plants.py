"""The plants, and the mushroom."""

from precompute.storybook.draw.pen import BLUSH, CREAM, GOLD, LEAF, WOOD, Pen, ring
from precompute.storybook.draw.shapes import blob, mirror, oval, poly, rod


def tree(pen: Pen) -> None:
    pen.paint(WOOD, blob((-0.12, 0.2), (0.12, 0.2), (0.13, 0.7), (0.3, 0.98), (-0.3, 0.98), (-0.13, 0.7)))
    pen.paint((130, 86, 52), rod((0.06, 0.5), (0.08, 0.86), width=0.06), line=0)
    crown = [
        oval(-0.42, 0.06, 0.36),
        oval(0.42, 0.06, 0.36),
        oval(-0.36, -0.4, 0.36),
        oval(0.36, -0.4, 0.36),
        oval(0, -0.62, 0.36),
    ]
    pen.paint(pen.body, *crown, oval(0, -0.1, 0.5))
    pen.paint(pen.light, oval(-0.34, -0.5, 0.2, 0.14, -30), oval(-0.02, -0.74, 0.16, 0.1, -20), line=0)
    for x, y in ((-0.5, 0.08), (0.08, 0.06), (0.44, -0.3), (-0.12, -0.3)):
        pen.paint(pen.dark, rod((x - 0.14, y), (x, y + 0.1), (x + 0.14, y), width=0.07), line=0)


def flower(pen: Pen) -> None:
    pen.paint(LEAF, rod((0, 0), (0.04, 0.5), (0, 0.98), width=0.11), line=0.8)
    pen.paint(LEAF, blob((0.03, 0.86), (0.18, 0.56), (0.54, 0.5), (0.36, 0.8)))
    pen.paint(LEAF, blob((-0.01, 0.94), (-0.16, 0.66), (-0.46, 0.62), (-0.32, 0.88)))
    pen.paint(pen.body, *(oval(x, y, 0.25) for x, y in ring(0, -0.4, 0.36, 6, 30)))
    for (x, y), (u, v) in zip(ring(0, -0.4, 0.24, 6, 30), ring(0, -0.4, 0.46, 6, 30), strict=True):
        pen.paint(pen.dark, rod((x, y), (u, v), width=0.05), line=0)
    centre = (140, 92, 56) if pen.body[0] > 240 and pen.body[2] < 100 else GOLD
    pen.paint(centre, oval(0, -0.4, 0.2), line=0.8)
    pen.paint(CREAM, oval(-0.06, -0.46, 0.06, 0.04), line=0)


def cactus(pen: Pen) -> None:
    pen.paint(pen.body, rod((-0.1, 0.28), (-0.5, 0.26), (-0.56, 0.02), (-0.55, -0.2), width=0.25), oval(-0.55, -0.2, 0.125))
    pen.paint(pen.body, rod((0.1, 0.08), (0.48, 0.06), (0.56, -0.16), (0.55, -0.42), width=0.25), oval(0.55, -0.42, 0.125))
    pen.paint(pen.body, blob((-0.26, 0.7), (-0.28, -0.4), (-0.2, -0.76), (0, -0.88), (0.2, -0.76), (0.28, -0.4), (0.26, 0.7)))
    pen.paint(pen.light, rod((-0.12, -0.7), (-0.13, 0.5), width=0.06), rod((-0.58, -0.18), (-0.56, 0.1), width=0.05), line=0)
    pen.paint(pen.dark, rod((0.12, -0.7), (0.13, 0.5), width=0.06), rod((0.59, -0.38), (0.56, -0.06), width=0.05), line=0)
    pen.paint(
        CREAM, *(oval(x, y, 0.035) for x, y in ((0, -0.55), (0, -0.25), (0, 0.05), (0, 0.34), (-0.5, 0.1), (0.5, -0.2))), line=0
    )
    petal = BLUSH if pen.body[1] < 140 or pen.body[0] < 200 else (214, 70, 110)
    pen.paint(petal, *(oval(x, y, 0.09) for x, y in ring(0, -0.88, 0.09, 5, -90)), line=0.6)
    pen.paint((200, 116, 78), poly((-0.42, 0.6), (0.42, 0.6), (0.32, 0.98), (-0.32, 0.98)))
    pen.paint((222, 140, 98), poly((-0.48, 0.52), (0.48, 0.52), (0.46, 0.68), (-0.46, 0.68)), line=0.8)


def mushroom(pen: Pen) -> None:
    pen.paint(CREAM, blob((-0.22, 0.0), (0.22, 0.0), (0.24, 0.5), (0.32, 0.84), (0, 0.9), (-0.32, 0.84), (-0.24, 0.5)))
    pen.paint((228, 208, 180), rod((0.16, 0.2), (0.2, 0.72), width=0.08), line=0)
    pen.paint(
        pen.body,
        blob((-0.86, 0.1), (-0.74, -0.42), (-0.3, -0.82), (0.3, -0.82), (0.74, -0.42), (0.86, 0.1), (0.4, 0.24), (-0.4, 0.24)),
    )
    gills = blob((-0.7, 0.12), (0, 0.08), (0.7, 0.12), (0.3, 0.22), (-0.3, 0.22))
    pen.paint(pen.dark, gills, line=0)
    pen.paint(
        pen.accent,
        oval(-0.1, -0.46, 0.19, 0.17),
        oval(-0.52, -0.18, 0.13),
        oval(0.46, -0.28, 0.16),
        oval(0.12, -0.08, 0.1),
        line=0.4,
    )
    side = oval(-0.12, 0.5, 0.04, 0.055)
    pen.paint((90, 70, 80), side, mirror(side), line=0)
    pen.smile(0, 0.58, 0.08, 0.05, 0.04)
