"""Things of the house."""

from precompute.storybook.draw.pen import CREAM, GOLD, METAL, WOOD, Pen, ring
from precompute.storybook.draw.shapes import blob, box, mirror, oval, poly, rod


def cup(pen: Pen) -> None:
    for x in (-0.36, 0.06):
        pen.paint((236, 236, 240), rod((x, -0.5), (x + 0.1, -0.64), (x, -0.76), (x + 0.08, -0.9), width=0.08, tip=0.04), line=0.5)
    pen.paint(pen.body, rod((0.42, -0.1), (0.76, -0.12), (0.76, 0.36), (0.36, 0.46), width=0.15))
    pen.paint(
        pen.body, blob((-0.62, -0.4), (0.52, -0.4), (0.5, 0.3), (0.34, 0.8), (-0.05, 0.88), (-0.44, 0.8), (-0.6, 0.3), steps=5)
    )
    pen.paint(pen.light, oval(-0.05, -0.38, 0.6, 0.16))
    pen.paint((122, 78, 52), oval(-0.05, -0.35, 0.48, 0.1), line=0)
    pen.begin_front()
    pen.paint(
        pen.body,
        blob((-0.6, -0.3), (-0.05, -0.19), (0.5, -0.3), (0.5, 0.3), (0.34, 0.8), (-0.05, 0.88), (-0.44, 0.8), (-0.58, 0.3)),
    )
    pen.paint(pen.light, rod((-0.49, -0.08), (-0.45, 0.42), width=0.1), line=0)
    heart = blob((-0.02, 0.2), (0.1, 0.08), (0.22, 0.2), (-0.02, 0.5), (-0.26, 0.2), (-0.14, 0.08))
    pen.paint(pen.accent, heart, line=0.3)


def lamp(pen: Pen) -> None:
    pen.paint(pen.body, oval(0, 0.9, 0.4, 0.1), rod((0, 0.1), (0, 0.86), width=0.12))
    pen.paint(pen.body, oval(0, 0.56, 0.18, 0.2))
    pen.paint(GOLD, oval(0, 0.12, 0.2, 0.16), line=0.7)
    pen.paint((255, 238, 170), oval(0, 0.08, 0.56, 0.12), line=0.8)
    pen.paint(pen.body, poly((-0.3, -0.96), (0.3, -0.96), (0.64, 0.06), (-0.64, 0.06)))
    pen.paint(pen.light, poly((-0.2, -0.88), (-0.06, -0.88), (-0.18, -0.02), (-0.46, -0.02)), line=0)
    pen.paint(pen.dark, poly((0.2, -0.9), (0.27, -0.9), (0.57, 0.0), (0.4, 0.0)), line=0)
    pen.paint(pen.accent, rod((-0.6, 0.0), (0.6, 0.0), width=0.09), rod((-0.3, -0.92), (0.3, -0.92), width=0.07), line=0)
    pen.paint(pen.ink, rod((0.36, 0.08), (0.36, 0.36), width=0.04), oval(0.36, 0.4, 0.06), line=0)


def chair(pen: Pen) -> None:
    pen.paint(pen.dark, box(-0.34, 0.3, -0.2, 0.8), box(0.24, 0.3, 0.38, 0.8))
    pen.paint(pen.body, box(-0.56, -0.96, -0.38, 0.98, 0.05), box(0.2, -0.96, 0.38, 0.3, 0.05))
    pen.paint(pen.body, *(box(-0.44, y, 0.26, y + 0.2, 0.03) for y in (-0.86, -0.5, -0.14)))
    pen.paint(pen.light, *(box(-0.36, y + 0.03, 0.18, y + 0.09) for y in (-0.86, -0.5)), line=0)
    pen.paint(pen.body, poly((-0.58, 0.46), (-0.36, 0.14), (0.46, 0.14), (0.6, 0.46), (0.6, 0.6), (-0.58, 0.6)))
    pen.paint(pen.light, poly((-0.46, 0.42), (-0.3, 0.2), (0.4, 0.2), (0.5, 0.42)), line=0)
    pen.paint(pen.body, box(0.4, 0.5, 0.57, 0.98, 0.04), box(-0.56, 0.5, -0.39, 0.98, 0.04))
    pen.paint(pen.dark, rod((-0.54, 0.55), (0.56, 0.55), width=0.06), line=0)


def umbrella(pen: Pen) -> None:
    pen.paint(WOOD, rod((0, -0.9), (0, 0.66), (0.08, 0.86), (0.26, 0.86), (0.32, 0.68), width=0.1))
    rim = [(0.94, 0.12), (0.66, 0.0), (0.36, 0.14), (0.0, 0.02), (-0.36, 0.14), (-0.66, 0.0), (-0.94, 0.12)]
    pen.paint(pen.body, blob((-0.8, -0.38), (-0.44, -0.74), (0, -0.86), (0.44, -0.74), (0.8, -0.38), *rim))
    pen.paint(pen.light, blob((-0.66, -0.03), (-0.5, -0.44), (-0.06, -0.82), (-0.24, -0.4), (-0.34, 0.09)), line=0)
    pen.paint(pen.dark, blob((0.66, -0.03), (0.6, -0.44), (0.2, -0.78), (0.34, -0.4), (0.38, 0.1)), line=0)
    pen.paint(pen.ink, *(rod((0, -0.84), (x * 0.7, -0.4), (x, y), width=0.035) for x, y in ((-0.35, 0.1), (0.36, 0.1))), line=0)
    pen.paint(WOOD, rod((0, -0.84), (0, -0.95), width=0.09), line=0.8)


def clock(pen: Pen) -> None:
    pen.paint(pen.dark, rod((-0.36, 0.6), (-0.52, 0.92), width=0.16), rod((0.36, 0.6), (0.52, 0.92), width=0.16))
    bell = blob((-0.72, -0.4), (-0.74, -0.74), (-0.46, -0.9), (-0.18, -0.7))
    pen.paint(pen.body, bell, mirror(bell))
    pen.paint(METAL, rod((0, -0.6), (0, -0.86), width=0.1), oval(0, -0.86, 0.14, 0.08), line=0.8)
    pen.paint(pen.body, oval(0, 0.1, 0.76))
    pen.paint(CREAM, oval(0, 0.1, 0.46), line=0.7)
    pen.paint((110, 96, 112), *(oval(x, y, 0.04) for x, y in ring(0, 0.1, 0.37, 12)), line=0)
    pen.paint(
        (70, 52, 66), rod((0, 0.1), (0, -0.2), width=0.07), rod((0, 0.1), (0.2, 0.2), width=0.07), oval(0, 0.1, 0.06), line=0
    )
    pen.paint(pen.light, rod((-0.6, -0.1), (-0.46, -0.36), (-0.2, -0.52), width=0.09), line=0)


def book(pen: Pen) -> None:
    pen.paint(pen.dark, poly((-0.66, -0.7), (0.74, -0.84), (0.78, 0.7), (-0.6, 0.86)))
    pen.paint(CREAM, poly((-0.58, 0.6), (0.72, 0.5), (0.76, 0.66), (-0.58, 0.8)), line=0.6)
    pen.paint((220, 200, 170), rod((-0.5, 0.72), (0.72, 0.6), width=0.04), line=0)
    pen.paint(pen.body, poly((-0.74, -0.72), (0.7, -0.84), (0.74, 0.54), (-0.7, 0.66)))
    pen.paint(pen.dark, poly((-0.74, -0.72), (-0.52, -0.74), (-0.48, 0.65), (-0.7, 0.66)), line=0.5)
    pen.paint(pen.accent, poly((-0.26, -0.46), (0.46, -0.52), (0.48, -0.16), (-0.24, -0.1)), line=0.5)
    for y in (-0.38, -0.25):
        pen.paint(pen.ink, rod((-0.14, y + 0.04), (0.36, y), width=0.04), line=0)
    tips, dents = ring(0.12, 0.2, 0.2, 5, -95), ring(0.12, 0.2, 0.09, 5, -59)
    pen.paint(GOLD, poly(*(p for pair in zip(tips, dents, strict=True) for p in pair)), line=0.4)


def basket(pen: Pen) -> None:
    pen.paint(pen.dark, rod((-0.66, -0.1), (-0.5, -0.66), (0, -0.86), (0.5, -0.66), (0.66, -0.1), width=0.12))
    pen.paint((110, 84, 66), oval(0, -0.1, 0.72, 0.17))
    pen.begin_front()
    pen.paint(
        pen.body,
        blob(
            (-0.78, -0.1),
            (-0.3, 0.02),
            (0.3, 0.02),
            (0.78, -0.1),
            (0.68, 0.5),
            (0.5, 0.88),
            (0, 0.92),
            (-0.5, 0.88),
            (-0.68, 0.5),
            steps=5,
        ),
    )
    for y, half in ((0.28, 0.62), (0.52, 0.56), (0.74, 0.48)):
        pen.paint(pen.dark, rod((-half, y - 0.06), (0, y), (half, y - 0.06), width=0.05), line=0)
    for i, x in enumerate((-0.5, -0.25, 0.0, 0.25, 0.5)):
        ys = (0.2, 0.64) if i % 2 else (0.4, 0.82)
        pen.paint(pen.light, *(box(x - 0.07, y - 0.1, x + 0.07, y, 0.02) for y in ys), line=0)
    pen.paint(pen.light, rod((-0.78, -0.06), (-0.3, 0.05), (0.3, 0.05), (0.78, -0.06), width=0.13), line=0.7)
