"""Open land: beach, forest, snow, desert, meadow. Quieter than the things that will stand there, and without any of them."""

from precompute.storybook.colours import mix
from precompute.storybook.draw.backdrop import HORIZON, Backdrop
from precompute.storybook.scene import SIDE


def beach(sheet: Backdrop) -> None:
    rng, tone = sheet.rng, sheet.tone
    near, far = tone((70, 158, 190)), tone((124, 196, 210), 0.25)
    sheet.gradient(far, near, HORIZON - 18, HORIZON + 12)
    for x, y, n in sheet.scatter(16, HORIZON - 16, HORIZON + 6):
        sheet.line([(x - 3 - 4 * n, y), (x + 3 + 4 * n, y)], mix(near, (255, 255, 255), 0.3), 0.8)
    sheet.ridge(HORIZON + 5, 1.6, tone((244, 248, 244)), 2)
    sheet.ridge(HORIZON + 8, 1.6, tone((214, 188, 142)), 2)
    sheet.ridge(HORIZON + 12, 2.0, tone((240, 220, 172)), 1.5)
    sheet.ridge(112, 3, tone((233, 209, 158)), 1)
    for x, y, n in sheet.scatter(34, HORIZON + 16):
        sheet.oval(x, y, 0.6 + 0.5 * n, 0.4 + 0.3 * n, tone((208, 180, 130)))
    for x, y, n in sheet.scatter(5, HORIZON + 18):
        sheet.oval(x, y, 1.4 + n, 1.0 + 0.7 * n, tone(rng.choice(((250, 226, 214), (226, 170, 160), (246, 240, 226)))))
    side = rng.choice((-1, 1))  # palm leaves reach in from a corner
    x0 = 0 if side > 0 else SIDE
    for drop in (6, 18, 32):
        tip = (x0 + side * (40 - 0.5 * drop), drop)
        fill = tone((96, 150, 96))
        sheet.poly([(x0, -6), (x0 + side * 20, drop * 0.3 - 4), tip, (x0 + side * 14, drop * 0.6 + 2), (x0, 4)], fill)
        sheet.line([(x0, -2), (x0 + side * 18, drop * 0.45), tip], mix(fill, (30, 60, 50), 0.25), 0.6)


def forest(sheet: Backdrop) -> None:
    rng, tone = sheet.rng, sheet.tone
    for far, base, height, step in ((0.62, 72, 34, 7.0), (0.38, 78, 46, 11.0)):
        sheet.ridge(base, 2, tone((92, 138, 110), far))
        x = rng.uniform(-6, 0)
        while x < SIDE + 8:
            pine(sheet, x, base + 3, height * rng.uniform(0.7, 1.15), far)
            x += step * rng.uniform(0.7, 1.4)
    for x in (rng.uniform(0, 18), rng.uniform(108, 128)):
        w = rng.uniform(4, 6)
        bark = tone((112, 88, 78), 0.12)
        sheet.poly([(x - w, 0), (x + w, 0), (x + w * 0.9, 78), (x + w * 1.7, 90), (x - w * 1.7, 90), (x - w * 0.9, 78)], bark)
        for y in range(6, 78, 14):
            sheet.line([(x - w * 0.4, y), (x - w * 0.2, y + 7)], mix(bark, (50, 36, 46), 0.3), 0.8)
    sheet.ridge(HORIZON + 7, 2.5, tone((110, 142, 94)), 1.5, tone((140, 168, 112)))
    sheet.ridge(104, 3, tone((96, 128, 86)), 1.2)
    grass(sheet, 30, (82, 114, 76))
    for x, y, n in sheet.scatter(12, HORIZON + 14):
        sheet.oval(x, y, 1 + n, 0.6 + 0.5 * n, tone(rng.choice(((176, 120, 74), (150, 104, 70), (196, 150, 84)))))


def snow(sheet: Backdrop) -> None:
    rng, tone = sheet.rng, sheet.tone
    for x in (rng.uniform(0, 40), rng.uniform(48, 84), rng.uniform(92, 128)):
        peak, half = rng.uniform(22, 40), rng.uniform(30, 42)
        rock = tone((140, 158, 190), 0.28)
        sheet.poly([(x, peak), (x + half, 84), (x - half, 84)], rock)
        cap = [
            (x, peak),
            (x + half * 0.3, peak + 14),
            (x + half * 0.12, peak + 11),
            (x - 1, peak + 17),
            (x - half * 0.14, peak + 11),
        ]
        sheet.poly([*cap, (x - half * 0.3, peak + 14)], tone((244, 248, 252), 0.1))
        sheet.poly([(x, peak), (x + half, 84), (x + half * 0.2, 84)], mix(rock, (70, 86, 130), 0.16), 120)
    sheet.ridge(72, 3, tone((206, 218, 234), 0.2), 1.5)
    for _ in range(9):
        pine(sheet, rng.uniform(0, SIDE), rng.uniform(74, 79), rng.uniform(12, 20), 0.3, snowy=True)
    sheet.ridge(HORIZON + 4, 2.5, tone((226, 234, 244)), 1.3, tone((246, 250, 254)))
    sheet.ridge(96, 4, tone((214, 225, 240)), 1, tone((240, 245, 252)))
    sheet.ridge(114, 3, tone((204, 217, 236)), 1.2, tone((232, 240, 250)))
    for x, y, _n in sheet.scatter(22, HORIZON + 8):
        sheet.oval(x, y, 0.6, 0.6, tone((255, 255, 255)))


def desert(sheet: Backdrop) -> None:
    rng, tone = sheet.rng, sheet.tone
    for x, w, h in (
        (rng.uniform(4, 50), rng.uniform(12, 18), rng.uniform(20, 34)),
        (rng.uniform(70, 122), rng.uniform(9, 15), rng.uniform(14, 28)),
    ):
        rock, top = tone((204, 136, 104), 0.25), 78 - h
        sheet.poly(
            [(x - w, top), (x + w, top), (x + w * 1.15, 66), (x + w * 1.6, 80), (x - w * 1.6, 80), (x - w * 1.15, 66)], rock
        )
        sheet.poly([(x + w * 0.3, top), (x + w, top), (x + w * 1.6, 80), (x + w * 0.5, 80)], mix(rock, (120, 60, 70), 0.2))
        for band in (0.3, 0.55):
            y = top + h * band
            sheet.line([(x - w * 1.05, y), (x + w * 1.05, y)], mix(rock, (250, 210, 170), 0.3), 1)
    sheet.ridge(73, 3, tone((232, 186, 138), 0.2), 1.2)
    sheet.ridge(HORIZON + 5, 4, tone((236, 198, 144)), 1, tone((248, 218, 170)))
    sheet.ridge(98, 5, tone((228, 186, 130)), 0.8, tone((244, 208, 156)))
    sheet.ridge(116, 3, tone((219, 174, 118)), 1, tone((236, 196, 142)))
    for x, y, n in sheet.scatter(10, HORIZON + 14):
        sheet.oval(x, y, 1 + n, 0.7 + 0.6 * n, tone((186, 136, 98)))
    grass(sheet, 5, (170, 150, 92), 5)


def meadow(sheet: Backdrop) -> None:
    rng, tone = sheet.rng, sheet.tone
    sheet.ridge(60, 5, tone((150, 190, 150), 0.45), 1.2)
    sheet.ridge(68, 4, tone((148, 192, 120), 0.22), 1.5)
    rim = sheet.ridge(HORIZON + 1, 2.5, tone((158, 200, 112), 0.06), 1.2)
    wood = tone((232, 222, 200))
    for x in range(2, SIDE, 12):
        sheet.box(x, rim[x // 4] - 7, x + 2.6, rim[x // 4] + 4, wood)
    for up in (-4.5, 0):
        sheet.line([(i * 4, y + up) for i, y in enumerate(rim)], wood, 1.4)
    sheet.ridge(HORIZON + 9, 2, tone((146, 190, 98)), 1.3, tone((172, 210, 122)))
    sheet.ridge(106, 3, tone((132, 178, 90)), 1)
    grass(sheet, 34, (108, 156, 78))
    for x, y, n in sheet.scatter(26, HORIZON + 12):
        petal = tone(rng.choice(((255, 250, 240), (250, 226, 140), (240, 186, 204), (214, 196, 240))))
        sheet.oval(x, y, 0.8 + 0.5 * n, 0.8 + 0.5 * n, petal)


def pine(sheet: Backdrop, x: float, foot: float, height: float, far: float, snowy: bool = False) -> None:
    """A slender fir, part of the scenery."""
    fill = sheet.tone((70, 112, 96), far)
    for low, high, half in ((0.0, 0.5, 0.26), (0.28, 0.78, 0.2), (0.55, 1.0, 0.13)):
        sheet.poly(
            [(x, foot - height * high), (x + height * half, foot - height * low), (x - height * half, foot - height * low)], fill
        )
    if snowy:
        sheet.poly(
            [(x, foot - height), (x + height * 0.08, foot - height * 0.74), (x - height * 0.08, foot - height * 0.74)],
            sheet.tone((244, 248, 252)),
        )


def grass(sheet: Backdrop, count: int, colour: tuple[int, int, int], height: float = 3.5) -> None:
    """Tufts of three blades."""
    fill = sheet.tone(colour)
    for x, y, n in sheet.scatter(count, HORIZON + 12):
        h = height * (0.6 + 0.6 * n)
        for lean in (-0.5, 0.05, 0.6):
            sheet.poly([(x - 0.7, y), (x + lean * h, y - h), (x + 0.7, y)], fill)
