"""The vehicles; they drive, sail and fly to the right."""

from precompute.storybook.draw.pen import CREAM, GLASS, GOLD, METAL, TYRE, WOOD, Pen
from precompute.storybook.draw.shapes import blob, box, oval, poly, rod


def car(pen: Pen) -> None:
    pen.paint(pen.body, blob((-0.62, -0.05), (-0.42, -0.5), (0.1, -0.58), (0.42, -0.4), (0.62, -0.05), (0, 0.1)))
    pen.paint(GLASS, blob((-0.42, -0.12), (-0.32, -0.36), (-0.12, -0.39), (-0.11, -0.12)), line=0.6)
    pen.paint(GLASS, blob((0.06, -0.12), (0.06, -0.39), (0.26, -0.32), (0.4, -0.12)), line=0.6)
    pen.paint(
        pen.body, blob((-0.97, 0.1), (-0.8, -0.1), (0.4, -0.1), (0.9, 0.0), (0.98, 0.3), (0.6, 0.42), (-0.7, 0.42), (-0.96, 0.36))
    )
    pen.paint(pen.light, rod((-0.8, 0.02), (0.5, 0.0), width=0.08), line=0)
    pen.paint(pen.dark, rod((-0.9, 0.34), (0.9, 0.34), width=0.1), line=0)
    pen.paint(pen.ink, rod((-0.02, 0.02), (-0.02, 0.28), width=0.03), rod((0.06, 0.08), (0.18, 0.08), width=0.05), line=0)
    pen.paint(GOLD, oval(0.9, 0.12, 0.09, 0.1), line=0.6)
    pen.wheel(-0.52, 0.39, 0.2)
    pen.wheel(0.54, 0.39, 0.2)


def bus(pen: Pen) -> None:
    pen.paint(pen.body, box(-0.98, -0.64, 0.98, 0.44, 0.18))
    pen.paint(pen.light, box(-0.9, -0.6, 0.88, -0.5, 0.04), line=0)
    pen.paint(GLASS, *(box(x, -0.4, x + 0.22, -0.14, 0.06) for x in (-0.82, -0.48, -0.14)), line=0.2)
    pen.paint(GLASS, box(0.7, -0.4, 0.92, -0.1, 0.08), line=0.2)
    pen.paint(pen.light, box(0.24, -0.4, 0.52, 0.42, 0.05), line=0.25)
    pen.paint(GLASS, box(0.29, -0.34, 0.47, -0.08, 0.03), line=0)
    pen.paint(pen.ink, rod((0.38, -0.38), (0.38, 0.4), width=0.03), line=0)
    pen.paint(pen.light, rod((-0.94, 0.13), (0.18, 0.13), width=0.06), rod((0.6, 0.13), (0.94, 0.13), width=0.06), line=0)
    pen.paint(GOLD, oval(0.92, 0.3, 0.07), line=0.5)
    pen.wheel(-0.55, 0.45, 0.18)
    pen.wheel(0.68, 0.45, 0.18)


def boat(pen: Pen) -> None:
    pen.paint(WOOD, box(-0.1, -0.96, 0.0, 0.5))
    pen.paint(pen.body, blob((0.08, -0.84), (0.5, -0.3), (0.78, 0.3), (0.1, 0.3), (0.16, -0.3), steps=4))
    pen.paint(CREAM, poly((-0.16, -0.66), (-0.7, 0.26), (-0.16, 0.26)))
    pen.paint(pen.body, poly((-0.35, -0.33), (-0.6, 0.08), (-0.18, 0.08), (-0.18, -0.33)), line=0)
    pen.paint(pen.body, poly((0.0, -0.96), (0.34, -0.87), (0.0, -0.76)), line=0.7)
    pen.begin_front()
    pen.paint(
        pen.body,
        blob((-0.92, 0.4), (-0.4, 0.44), (0.4, 0.44), (0.92, 0.36), (0.7, 0.84), (0.4, 0.96), (-0.4, 0.96), (-0.72, 0.84)),
    )
    pen.paint(pen.light, rod((-0.84, 0.47), (0, 0.52), (0.84, 0.44), width=0.09), line=0)
    pen.paint(pen.dark, rod((-0.64, 0.82), (0, 0.88), (0.64, 0.82), width=0.1), line=0)
    pen.paint(CREAM, *(oval(x, 0.68, 0.075) for x in (-0.4, 0.0, 0.4)), line=0.3)


def train(pen: Pen) -> None:
    pen.paint((236, 236, 240), oval(0.4, -0.62, 0.12), oval(0.2, -0.68, 0.1), line=0.6)
    pen.paint(pen.dark, poly((0.46, -0.5), (0.84, -0.5), (0.74, -0.3), (0.74, 0), (0.56, 0), (0.56, -0.3)))
    pen.paint(GOLD, blob((0.08, -0.1), (0.1, -0.4), (0.3, -0.4), (0.32, -0.1)), line=0.8)
    pen.paint(pen.body, box(-0.3, -0.18, 0.92, 0.36, 0.16))
    pen.paint(pen.body, box(-0.9, -0.58, -0.24, 0.4, 0.05))
    pen.paint(pen.dark, box(-0.99, -0.76, -0.14, -0.58, 0.08))
    pen.paint(GLASS, box(-0.72, -0.42, -0.42, -0.14, 0.06), line=0.5)
    pen.paint(pen.light, rod((-0.16, -0.08), (0.82, -0.08), width=0.08), line=0)
    pen.paint(GOLD, *(box(x, -0.16, x + 0.06, 0.34) for x in (0.12, 0.52)), line=0)
    pen.paint(pen.dark, poly((0.78, 0.36), (0.99, 0.72), (0.6, 0.72), (0.6, 0.36)))
    pen.paint(pen.dark, box(-0.92, 0.34, 0.8, 0.46, 0.04), line=0.5)
    pen.wheel(-0.58, 0.5, 0.25)
    pen.wheel(0.04, 0.58, 0.17)
    pen.wheel(0.46, 0.58, 0.17)
    pen.paint(CREAM, oval(0.92, 0.06, 0.08, 0.1), line=0.6)


def rocket(pen: Pen) -> None:
    pen.paint((250, 150, 40), blob((-0.24, 0.6), (0.24, 0.6), (0.16, 0.84), (0, 1.0), (-0.16, 0.84)))
    pen.paint((255, 226, 110), blob((-0.12, 0.62), (0.12, 0.62), (0, 0.86)), line=0)
    fin = blob((-0.26, 0.15), (-0.6, 0.5), (-0.58, 0.82), (-0.2, 0.58))
    pen.paint(pen.dark, fin, fin * (-1, 1))
    pen.paint(
        pen.body,
        blob(
            (0, -0.99),
            (0.28, -0.62),
            (0.4, -0.1),
            (0.34, 0.4),
            (0.24, 0.64),
            (-0.24, 0.64),
            (-0.34, 0.4),
            (-0.4, -0.1),
            (-0.28, -0.62),
        ),
    )
    pen.paint(pen.dark, blob((0, -0.97), (0.23, -0.68), (0.26, -0.6), (0, -0.55), (-0.26, -0.6), (-0.23, -0.68)), line=0)
    pen.paint(CREAM, oval(0, -0.18, 0.23), line=0.7)
    pen.paint((120, 190, 226), oval(0, -0.18, 0.15), line=0.5)
    pen.paint((255, 255, 255), oval(-0.05, -0.24, 0.05, 0.04), line=0)
    pen.paint(pen.light, rod((-0.26, 0.02), (-0.24, 0.4), width=0.08), line=0)
    pen.paint(pen.dark, rod((-0.28, 0.5), (0, 0.54), (0.28, 0.5), width=0.1), line=0)


def plane(pen: Pen) -> None:
    pen.paint(pen.dark, poly((0.05, -0.1), (-0.2, -0.56), (0.02, -0.56), (0.4, -0.1)))
    pen.paint(pen.dark, blob((-0.6, -0.1), (-0.98, -0.6), (-0.72, -0.64), (-0.36, -0.2)))
    pen.paint(
        pen.body,
        blob((-0.92, -0.16), (-0.4, -0.3), (0.3, -0.32), (0.78, -0.12), (0.9, 0.06), (0.74, 0.24), (0.2, 0.3), (-0.5, 0.14)),
    )
    pen.paint(GLASS, blob((0.36, -0.27), (0.62, -0.18), (0.72, -0.03), (0.42, -0.03)), line=0.6)
    pen.paint(CREAM, *(oval(x, -0.06, 0.08) for x in (-0.46, -0.2, 0.06)), line=0.5)
    pen.paint(pen.light, blob((-0.3, 0.16), (0.4, 0.2), (0.7, 0.16), (0.3, 0.27)), line=0)
    pen.paint(pen.dark, poly((0.22, 0.08), (-0.12, 0.1), (-0.5, 0.62), (-0.24, 0.64)))
    pen.paint(METAL, oval(0.94, -0.16, 0.05, 0.2), oval(0.94, 0.26, 0.05, 0.2), line=0.6)
    pen.paint(TYRE, oval(0.93, 0.05, 0.06), line=0.5)
