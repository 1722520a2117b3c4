"""The animals, as seen from the side looking right, or from the front."""

from precompute.storybook.draw.pen import BLUSH, GOLD, SKIN, Pen, ring
from precompute.storybook.draw.shapes import blob, mirror, moved, oval, poly, rod

BEAK = (247, 166, 50)


def cat(pen: Pen) -> None:
    pen.paint(pen.body, rod((0.3, 0.85), (0.68, 0.8), (0.66, 0.42), (0.74, 0.12), width=0.2, tip=0.13))
    pen.paint(pen.body, blob((-0.46, 0.96), (-0.48, 0.5), (-0.25, 0.0), (0.25, 0.0), (0.48, 0.5), (0.46, 0.96)))
    pen.paint(pen.light, oval(0, 0.5, 0.2, 0.3), line=0)
    pen.paint(pen.body, oval(-0.2, 0.92, 0.2, 0.1), oval(0.2, 0.92, 0.2, 0.1), line=0.7)
    ear = poly((-0.6, -0.4), (-0.58, -1.0), (-0.1, -0.72))
    pen.paint(pen.body, oval(0, -0.32, 0.62, 0.46), ear, mirror(ear))
    inner = poly((-0.5, -0.62), (-0.5, -0.86), (-0.3, -0.73))
    pen.paint(BLUSH, inner, mirror(inner), line=0)
    pen.eye(-0.24, -0.38, 0.14)
    pen.eye(0.24, -0.38, 0.14)
    pen.paint(pen.light, oval(-0.1, -0.13, 0.14, 0.11), oval(0.1, -0.13, 0.14, 0.11), line=0)
    pen.paint(BLUSH, poly((-0.09, -0.24), (0.09, -0.24), (0, -0.14)), line=0.3)
    for y in (-0.16, -0.06):
        whisker = rod((-0.3, -0.12), (-0.74, y - 0.06), width=0.035)
        pen.paint(pen.ink, whisker, mirror(whisker), line=0)


def dog(pen: Pen) -> None:
    pen.paint(pen.body, rod((-0.6, 0.1), (-0.84, -0.1), (-0.86, -0.42), width=0.2, tip=0.1))
    pen.paint(pen.dark, rod((-0.38, 0.3), (-0.42, 0.8), width=0.2), rod((0.32, 0.3), (0.3, 0.8), width=0.2))
    legs = [rod((-0.56, 0.25), (-0.62, 0.8), width=0.24), rod((0.16, 0.3), (0.12, 0.8), width=0.24)]
    pen.paint(
        pen.body, blob((-0.72, 0.3), (-0.6, -0.08), (0.0, -0.05), (0.4, -0.2), (0.45, 0.3), (0.1, 0.48), (-0.5, 0.45)), *legs
    )
    pen.paint(pen.light, oval(-0.15, 0.32, 0.28, 0.1), line=0)
    snout = blob((0.45, -0.3), (0.8, -0.4), (0.98, -0.26), (0.9, -0.08), (0.5, -0.06))
    pen.paint(pen.body, oval(0.42, -0.4, 0.36, 0.36), snout)
    pen.paint(pen.light, blob((0.56, -0.2), (0.86, -0.24), (0.93, -0.14), (0.8, -0.08), (0.6, -0.09)), line=0)
    pen.paint((60, 44, 56), oval(0.92, -0.32, 0.1, 0.08), line=0.3)
    pen.eye(0.5, -0.48, 0.12, 0.03)
    pen.paint(pen.dark, blob((0.12, -0.7), (0.3, -0.72), (0.3, -0.3), (0.16, -0.04), (0.0, -0.16), (0.02, -0.5)))
    pen.paint(GOLD, rod((0.18, 0.02), (0.4, 0.06), (0.56, -0.02), width=0.11), line=0.6)


def bird(pen: Pen) -> None:
    pen.paint(pen.dark, blob((0.12, 0.0), (0.3, -0.5), (0.2, -0.8), (-0.12, -0.5), (-0.12, 0.0)))
    pen.paint(pen.dark, poly((-0.45, 0.1), (-0.98, -0.16), (-0.92, 0.1), (-0.98, 0.3), (-0.45, 0.36)))
    pen.paint(BEAK, poly((0.72, -0.12), (0.98, 0.0), (0.7, 0.12)))
    pen.paint(
        pen.body,
        blob((-0.6, 0.2), (-0.2, -0.08), (0.2, -0.22), (0.5, -0.36), (0.8, -0.1), (0.66, 0.3), (0.2, 0.66), (-0.3, 0.55)),
    )
    pen.paint(pen.light, blob((0.1, 0.36), (0.5, 0.2), (0.5, 0.4), (0.15, 0.6), (-0.2, 0.52)), line=0)
    pen.paint(pen.body, blob((0.14, 0.14), (0.0, -0.5), (-0.34, -0.8), (-0.5, -0.44), (-0.42, 0.06), (-0.16, 0.26)))
    for x, y in ((-0.32, -0.3), (-0.16, -0.2)):
        pen.paint(pen.dark, rod((x, y), (x + 0.12, y + 0.24), width=0.06), line=0)
    pen.eye(0.52, -0.1, 0.12, 0.03)
    pen.blush((0.42, 0.1))


def fish(pen: Pen) -> None:
    pen.paint(pen.dark, blob((-0.5, 0.0), (-0.98, -0.46), (-0.82, 0.0), (-0.98, 0.46)))
    pen.paint(
        pen.dark, blob((-0.35, -0.3), (-0.1, -0.66), (0.32, -0.55), (0.3, -0.3)), blob((-0.1, 0.35), (-0.2, 0.64), (0.2, 0.4))
    )
    pen.paint(
        pen.body,
        blob((-0.62, 0.0), (-0.3, -0.36), (0.3, -0.5), (0.8, -0.22), (0.97, 0.04), (0.75, 0.3), (0.25, 0.48), (-0.3, 0.32)),
    )
    pen.paint(pen.light, blob((-0.2, 0.22), (0.3, 0.3), (0.8, 0.14), (0.6, 0.34), (0.2, 0.42)), line=0)
    for x in (-0.3, -0.02):
        pen.paint(pen.light, rod((x, -0.28), (x + 0.1, 0), (x, 0.26), width=0.09), line=0)
    pen.paint(pen.dark, rod((0.36, -0.32), (0.26, 0.0), (0.36, 0.28), width=0.06), line=0)
    pen.paint(pen.dark, blob((0.16, 0.06), (-0.12, 0.0), (-0.16, 0.2), (0.1, 0.22)), line=0.5)
    pen.eye(0.62, -0.1, 0.14, 0.03)
    pen.smile(0.82, 0.14, 0.09, 0.05)


def rabbit(pen: Pen) -> None:
    pen.paint(pen.light, oval(0.46, 0.72, 0.16))
    ear = blob((-0.32, -0.3), (-0.42, -0.75), (-0.3, -1.0), (-0.12, -0.82), (-0.04, -0.35))
    pen.paint(pen.body, ear, moved(mirror(ear), 0.06, 0.02))
    inner = oval(-0.25, -0.68, 0.07, 0.22, -8)
    pen.paint(BLUSH, inner, moved(mirror(inner), 0.06, 0.02), line=0)
    pen.paint(pen.body, blob((-0.42, 0.94), (-0.46, 0.55), (-0.26, 0.12), (0.26, 0.12), (0.46, 0.55), (0.42, 0.94)))
    pen.paint(pen.light, oval(0, 0.6, 0.22, 0.26), line=0)
    pen.paint(pen.body, oval(-0.3, 0.9, 0.26, 0.1), oval(0.3, 0.9, 0.26, 0.1), line=0.7)
    pen.paint(pen.body, oval(-0.16, 0.5, 0.09, 0.16, 14), oval(0.16, 0.5, 0.09, 0.16, -14), line=0.6)
    pen.paint(pen.body, oval(0.02, -0.1, 0.48, 0.4))
    pen.eye(-0.17, -0.14, 0.12)
    pen.eye(0.21, -0.14, 0.12)
    pen.blush((-0.28, 0.06), (0.32, 0.06))
    pen.paint((255, 255, 255), poly((-0.05, 0.08), (0.09, 0.08), (0.08, 0.23), (-0.04, 0.23)), line=0.4)
    pen.paint(BLUSH, oval(0.02, 0.05, 0.08, 0.06), line=0.4)


def turtle(pen: Pen) -> None:
    skin = SKIN
    pen.paint(skin, poly((-0.7, 0.4), (-0.98, 0.5), (-0.66, 0.54)))
    pen.paint(skin, *(blob((x - 0.14, 0.3), (x + 0.14, 0.3), (x + 0.16, 0.62), (x - 0.12, 0.62)) for x in (-0.44, 0.24)))
    pen.paint(skin, oval(0.78, 0.0, 0.2, 0.22), rod((0.5, 0.34), (0.7, 0.15), width=0.2), line=1)
    pen.paint(pen.body, blob((-0.8, 0.4), (-0.68, -0.2), (-0.15, -0.64), (0.35, -0.42), (0.62, 0.4), (0.0, 0.46)))
    for x, y, r in ((-0.12, -0.16, 0.22), (-0.5, 0.12, 0.15), (0.28, 0.1, 0.16)):
        pen.paint(pen.light, poly(*ring(x, y, r, 6)), line=0.4)
    pen.paint(pen.dark, rod((-0.78, 0.4), (-0.1, 0.46), (0.6, 0.4), width=0.13), line=0.5)
    pen.eye(0.83, -0.06, 0.09, 0.02)
    pen.smile(0.86, 0.09, 0.08, 0.04)


def butterfly(pen: Pen) -> None:
    feeler = rod((-0.03, -0.4), (-0.12, -0.7), (-0.3, -0.82), width=0.05)
    pen.paint(pen.ink, feeler, mirror(feeler), oval(-0.3, -0.8, 0.06), oval(0.3, -0.8, 0.06), line=0)
    low = blob((-0.04, 0.05), (-0.5, 0.1), (-0.74, 0.5), (-0.5, 0.84), (-0.18, 0.62))
    high = blob((-0.04, 0.1), (-0.2, -0.4), (-0.7, -0.72), (-0.98, -0.4), (-0.8, 0.06), (-0.4, 0.2))
    pen.paint(pen.dark, low, mirror(low))
    pen.paint(pen.body, high, mirror(high))
    spots = [oval(-0.68, -0.34, 0.17, 0.15), oval(-0.45, 0.5, 0.12, 0.14), oval(-0.38, -0.08, 0.08, 0.07)]
    pen.paint(pen.light, *spots, *map(mirror, spots), line=0)
    pen.paint((78, 58, 70), blob((-0.09, -0.3), (0.09, -0.3), (0.1, 0.2), (0, 0.62), (-0.1, 0.2)), oval(0, -0.36, 0.13))


def snail(pen: Pen) -> None:
    skin = SKIN
    pen.paint(skin, rod((0.62, -0.1), (0.6, -0.62), width=0.08), rod((0.78, -0.08), (0.9, -0.56), width=0.08), line=0.8)
    pen.paint(
        skin, blob((-0.98, 0.72), (-0.4, 0.46), (0.3, 0.44), (0.46, 0.0), (0.72, -0.16), (0.96, 0.06), (0.86, 0.42), (0.6, 0.7))
    )
    pen.eye(0.6, -0.62, 0.1)
    pen.eye(0.9, -0.58, 0.1)
    pen.smile(0.78, 0.14, 0.1, 0.05)
    pen.paint(pen.body, oval(-0.15, 0.0, 0.66, 0.62))
    spiral = [
        (x * r, y * r)
        for r, (x, y) in zip((0.54, 0.46, 0.4, 0.34, 0.26, 0.2, 0.14, 0.05), ring(0, 0, 1, 6, 60) * 2, strict=False)
    ]
    pen.paint(pen.dark, rod(*((-0.15 + x, y) for x, y in spiral), width=0.1, tip=0.07), line=0)
    pen.glint(-0.42, -0.34, 0.13, 0.07, -40)
