"""Built and far places: city, castle, room, space, ocean."""

import numpy as np

from precompute.storybook.colours import RGB, mix
from precompute.storybook.draw.backdrop import HORIZON, Backdrop
from precompute.storybook.scene import SIDE


def city(sheet: Backdrop) -> None:
    rng, tone = sheet.rng, sheet.tone
    _skyline(sheet, 20, 46, 10, (158, 164, 190), 0.5)
    _skyline(sheet, 34, 60, 15, (146, 138, 160), 0.12)
    sheet.box(0, 80, SIDE, 92, tone((196, 190, 186)))
    for x in range(rng.randrange(-8, 0), SIDE, 14):
        sheet.line([(x, 80), (x - 5, 92)], tone((170, 164, 164)), 0.7)
    sheet.box(0, 91, SIDE, 93, tone((222, 216, 208)))
    sheet.gradient(tone((134, 134, 148)), tone((112, 112, 128)), 93, SIDE)
    for x in range(rng.randrange(-12, 0), SIDE, 26):
        sheet.poly([(x, 109), (x + 14, 109), (x + 13, 112), (x - 1.5, 112)], tone((236, 230, 206)))


def _skyline(sheet: Backdrop, high: float, low: float, width: float, colour: RGB, far: float) -> None:
    rng, x = sheet.rng, sheet.rng.uniform(-10, -2)
    while x < SIDE:
        w, top = width * rng.uniform(0.8, 1.4), rng.uniform(high, low)
        wall = sheet.tone(mix(colour, rng.choice(((206, 150, 130), (120, 140, 170), (214, 196, 160))), 0.35), far)
        sheet.box(x, top, x + w, 84, wall)
        sheet.box(x - 0.6, top - 1.4, x + w + 0.6, top, mix(wall, (40, 36, 60), 0.2))
        if far < 0.3:
            _windows(sheet, x, top, w, wall)
        x += w + rng.uniform(0, 2)


def _windows(sheet: Backdrop, x: float, top: float, width: float, wall: RGB) -> None:
    dark = sheet.weather in ("night", "sunset", "rainy")
    lit, off = (255, 222, 138) if dark else sheet.tone((216, 234, 240)), mix(wall, (40, 44, 80), 0.35)
    columns = int((width - 2) // 4.6)
    gap = (width - columns * 2.6) / (columns + 1)
    for row in range(int((78 - top) // 6.2)):
        for column in range(columns):
            left, y = x + gap + column * (2.6 + gap), top + 3 + row * 6.2
            sheet.box(left, y, left + 2.6, y + 3.4, lit if sheet.rng.random() < 0.6 else off)


def castle(sheet: Backdrop) -> None:
    rng, tone = sheet.rng, sheet.tone
    sheet.ridge(68, 5, tone((150, 182, 168), 0.45), 1.2)
    x = rng.uniform(34, 94)
    sheet.oval(x, 92, 62, 28, tone((142, 180, 118), 0.2))
    wall, roof = tone((206, 198, 208), 0.12), tone((150, 116, 150), 0.12)
    sheet.box(x - 24, 48, x + 24, 72, wall)
    for i in range(-24, 24, 6):
        sheet.box(x + i, 45, x + i + 3.4, 48, wall)
    for dx, top, half in ((-25, 34, 6), (25, 38, 6), (-10, 26, 5), (12, 20, 6)):
        sheet.box(x + dx - half, top, x + dx + half, 71, mix(wall, (120, 106, 136), 0.12))
        sheet.poly([(x + dx - half - 1.8, top), (x + dx, top - 2.3 * half), (x + dx + half + 1.8, top)], roof)
        sheet.line([(x + dx, top - 2.3 * half), (x + dx, top - 2.3 * half - 5)], mix(roof, (40, 30, 60), 0.4), 0.6)
        sheet.poly(
            [(x + dx, top - 2.3 * half - 5), (x + dx + 5, top - 2.3 * half - 3.4), (x + dx, top - 2.3 * half - 1.8)],
            tone((226, 170, 120)),
        )
        sheet.oval(
            x + dx, top + 7, 1.4, 2.4, (255, 222, 138) if sheet.weather in ("night", "sunset") else mix(wall, (70, 60, 96), 0.55)
        )
    gate = mix(wall, (84, 62, 76), 0.6)
    sheet.oval(x, 62, 5, 6, gate)
    sheet.box(x - 5, 62, x + 5, 72, gate)
    sheet.ridge(HORIZON + 3, 2, tone((148, 186, 112)), 1.2, tone((172, 206, 134)))
    path = tone((226, 208, 176))
    sheet.poly([(x - 4, 71), (x + 4, 71), (x + 9, 84), (74, 104), (104, SIDE), (36, SIDE), (46, 102), (x - 7, 86)], path)
    for px, py, n in sheet.scatter(24, HORIZON + 10):
        sheet.oval(px, py, 1.4 + n, 0.8 + 0.5 * n, tone((196, 178, 150)) if 38 < px < 94 else tone((122, 164, 94)))


def room(sheet: Backdrop) -> None:
    rng, tone = sheet.rng, sheet.tone
    dim = {"night": 0.34, "rainy": 0.6, "sunset": 0.7}.get(sheet.weather, 1.0)  # lamps are on: less of the weather

    def indoors(colour: RGB) -> RGB:
        return mix(colour, tone(colour), 1 - 0.5 * dim)

    paper = rng.choice(((238, 216, 190), (212, 224, 206), (214, 216, 234), (240, 212, 208)))
    sheet.gradient(indoors(mix(paper, (255, 255, 255), 0.15)), indoors(paper), 0, 84)
    for x in range(4, SIDE, 12):
        sheet.box(x, 0, x + 3, 78, indoors(mix(paper, (255, 255, 255), 0.32)))
    _window(sheet, rng.choice((34, 64, 94)), indoors)
    sheet.box(0, 74, SIDE, 84, indoors((250, 242, 228)))
    sheet.box(0, 74, SIDE, 75, indoors((214, 198, 178)))
    floor = indoors((206, 164, 122))
    sheet.gradient(mix(floor, (90, 60, 50), 0.12), floor, 83, SIDE)
    for y in (83, 92, 103, 116):
        sheet.line([(0, y), (SIDE, y)], mix(floor, (110, 70, 50), 0.3), 0.6)
        for x in range(rng.randrange(0, 30), SIDE, 38):
            sheet.line([(x, y), (x + (x - 64) * 0.12, y + 11)], mix(floor, (110, 70, 50), 0.3), 0.5)
    rug = rng.choice(((190, 128, 124), (124, 150, 168), (150, 160, 124)))
    sheet.oval(64, 110, 50, 14, indoors(rug))
    sheet.oval(64, 110, 45, 11.5, indoors(mix(rug, (255, 244, 226), 0.45)))
    sheet.oval(64, 110, 41, 9.5, indoors(mix(rug, (255, 244, 226), 0.15)))


def _window(sheet: Backdrop, x: float, indoors) -> None:
    sheet.box(x - 19, 12, x + 19, 56, indoors((252, 248, 238)))
    top, low = sheet.mood.sky
    for i in range(8):
        sheet.box(x - 16, 15 + i * 4.8, x + 16, 20 + i * 4.8, mix(top, low, i / 7))
    sheet.oval(x - 6, 54, 16, 9, sheet.tone((140, 180, 126), 0.2))
    sheet.box(x - 19, 53, x + 19, 57, indoors((240, 230, 214)))
    for px, py, n in sheet.scatter(9, 16, 50):
        spot = x + (px - 64) * 0.22
        if sheet.weather == "snowy":
            sheet.oval(spot, py, 0.9, 0.9, (255, 255, 255))
        elif sheet.weather == "rainy":
            sheet.line([(spot, py), (spot - 1, py + 5)], (222, 230, 240), 0.5)
        elif sheet.weather == "night":
            sheet.oval(spot, py * 0.8 + 2, 0.4 + 0.3 * n, 0.4 + 0.3 * n, (255, 246, 214))
    if sheet.weather in ("sunny", "sunset"):
        sheet.oval(x + 8, 24 if sheet.weather == "sunny" else 44, 4, 4, (255, 236, 160))
    sheet.box(x - 1, 14, x + 1, 54, indoors((252, 248, 238)))
    sheet.box(x - 17, 33, x + 17, 35, indoors((252, 248, 238)))
    curtain = indoors(sheet.rng.choice(((196, 134, 130), (130, 152, 172), (206, 178, 122))))
    for side in (-1, 1):
        sheet.poly([(x + side * 22, 9), (x + side * 4, 9), (x + side * 9, 26), (x + side * 17, 40), (x + side * 22, 58)], curtain)
        sheet.line([(x + side * 14, 10), (x + side * 19, 44)], mix(curtain, (60, 40, 60), 0.2), 0.7)
    sheet.box(x - 24, 7, x + 24, 9.4, indoors((150, 112, 86)))


def space(sheet: Backdrop) -> None:
    rng = sheet.rng
    sheet.gradient((24, 20, 58), (66, 48, 108))
    for _ in range(3):
        x, y, glow = rng.uniform(0, SIDE), rng.uniform(10, 90), rng.choice(((120, 70, 150), (60, 90, 160), (150, 80, 130)))
        for r in (34, 26, 18, 11):
            sheet.oval(x, y, r * 1.5, r * 0.8, glow, 16)
    for x, y, _n in sheet.scatter(70, 0):
        r = rng.choice((0.35, 0.45, 0.6, 0.8))
        sheet.oval(x, y, r, r, rng.choice(((255, 255, 255), (255, 236, 200), (200, 220, 255))))
    x, y, r = rng.choice((18, 110)), rng.uniform(14, 34), rng.uniform(7, 11)
    globe = rng.choice(((134, 110, 150), (104, 128, 160), (160, 120, 116)))
    sheet.oval(x, y, r, r, globe)
    sheet.oval(x - r * 0.25, y - r * 0.25, r * 0.62, r * 0.62, mix(globe, (255, 255, 255), 0.14))
    sheet.line(
        [(x - r * 1.7, y + r * 0.5), (x, y + r * 0.16), (x + r * 1.7, y - r * 0.5)], mix(globe, (255, 240, 220), 0.45), 1.2
    )
    ground = rng.choice(((112, 104, 138), (128, 108, 128), (98, 112, 140)))
    sheet.oval(64 + rng.uniform(-20, 20), 190, 130, 84, mix(ground, (255, 255, 255), 0.18))
    sheet.oval(64 + rng.uniform(-20, 20), 192, 130, 84, ground)
    for cx, cy, n in sheet.scatter(9, 113, 126):
        w = 2.5 + 4 * n
        sheet.oval(cx, cy, w, w * 0.36, mix(ground, (40, 30, 70), 0.3))
        sheet.oval(cx + 0.3, cy + 0.6, w * 0.85, w * 0.26, mix(ground, (255, 255, 255), 0.1))


def ocean(sheet: Backdrop) -> None:
    rng, night = sheet.rng, sheet.weather == "night"
    top, low = ((26, 62, 112), (14, 28, 66)) if night else ((120, 204, 216), (38, 110, 152))
    sheet.gradient(top, low)
    for _ in range(4):
        x, w = rng.uniform(0, SIDE), rng.uniform(5, 11)
        sheet.poly([(x, 0), (x + w, 0), (x + w * 2 - 26, 108), (x - w - 26, 108)], (255, 255, 255), 14 if night else 26)
    sheet.ridge(98, 6, mix(low, top, 0.22), 1.2)
    for side in (rng.uniform(0, 26), rng.uniform(100, 128)):
        coral = mix(rng.choice(((226, 140, 138), (206, 150, 190), (230, 180, 130))), low, 0.5 if night else 0.3)
        for dx, h in ((-7, 14), (-2, 22), (4, 17), (9, 10)):
            sheet.line([(side, 116), (side + dx * 0.7, 112 - h * 0.5), (side + dx, 112 - h)], coral, 2.6)
            sheet.oval(side + dx, 112 - h, 1.9, 1.9, coral)
    sheet.ridge(112, 3, mix((226, 210, 170), low, 0.68 if night else 0.3), 1.3, mix((246, 234, 200), low, 0.6 if night else 0.2))
    for x, _y, n in sheet.scatter(9, 0):
        weed, h = mix((86, 150, 110), low, 0.6 if night else 0.25), 12 + 26 * n
        bend = [(x + 2.2 * np.sin(i * 0.9), 118 - h * i / 14) for i in range(15)]
        sheet.line(bend, weed, 1.8)
    for x, y, n in sheet.scatter(16, 6, 108):
        r = 0.8 + 1.4 * (1 - n)
        sheet.oval(x, y, r, r, (255, 255, 255), 70 if night else 110)
        sheet.oval(x, y, r * 0.65, r * 0.65, mix(top, low, y / SIDE), 255)
