"""Outlines as arrays of points. A drawing lives in the box −1…1, x to the right, y down; a thing stands on its lower edge."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2), closed: the last point joins the first


def poly(*corners: tuple[float, float]) -> Points:
    """Straight edges between corners."""
    return np.array(corners, dtype=float)


def blob(*knots: tuple[float, float], steps: int = 6) -> Points:
    """A smooth closed curve through the knots (Catmull-Rom)."""
    p1 = np.array(knots, dtype=float)
    p0, p2, p3 = np.roll(p1, 1, axis=0), np.roll(p1, -1, axis=0), np.roll(p1, -2, axis=0)
    return _catmull_rom(p0, p1, p2, p3, steps)


def _catmull_rom(p0: Points, p1: Points, p2: Points, p3: Points, steps: int) -> Points:
    t = (np.arange(steps) / steps)[None, :, None]
    p0, p1, p2, p3 = (p[:, None, :] for p in (p0, p1, p2, p3))
    curve = 2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    return curve.reshape(-1, 2) / 2


def oval(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0) -> Points:
    """An ellipse about (x, y), turned clockwise by `turn` degrees; a circle where `ry` is left out."""
    ry = rx if ry is None else ry
    angle = np.linspace(0, 2 * np.pi, max(10, int(14 + 26 * max(rx, ry))), endpoint=False)
    flat = np.stack([rx * np.cos(angle), ry * np.sin(angle)], axis=1)
    return flat @ rotation(turn).T + (x, y)


def box(left: float, top: float, right: float, bottom: float, round_by: float = 0.0) -> Points:
    """A rectangle, its corners rounded with radius `round_by`."""
    if round_by <= 0:
        return poly((left, top), (right, top), (right, bottom), (left, bottom))
    quarter = np.linspace(0, np.pi / 2, 5)
    bend = round_by * np.stack([np.cos(quarter), np.sin(quarter)], axis=1)
    centres = [(right, bottom), (left, bottom), (left, top), (right, top)]
    inward = [(-1, -1), (1, -1), (1, 1), (-1, 1)]
    corners = zip(centres, inward, strict=True)
    return np.concatenate([np.add(c, np.multiply(i, round_by)) + bend @ rotation(90 * k).T for k, (c, i) in enumerate(corners)])


def rod(*knots: tuple[float, float], width: float, tip: float | None = None) -> Points:
    """A smooth stroke through the knots, `width` wide, narrowing to `tip` at its end."""
    p = np.array(knots, dtype=float)
    padded = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    spine = np.concatenate([_catmull_rom(padded[:-3], padded[1:-2], padded[2:-1], padded[3:], 6), p[-1:]])
    along = np.gradient(spine, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.linalg.norm(along, axis=1, keepdims=True)
    half = np.linspace(width, width if tip is None else tip, len(spine))[:, None] / 2
    return np.concatenate([spine + across * half, (spine - across * half)[::-1]])


def rotation(degrees: float) -> NDArray[np.float64]:
    """The matrix that turns clockwise on the screen, where y runs down."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s], [s, c]])


def mirror(points: Points) -> Points:
    """Left and right exchanged."""
    return points * (-1, 1)


def moved(points: Points, dx: float, dy: float) -> Points:
    return points + np.array([dx, dy])


def outward(points: Points) -> Points:
    """For each point, the step that moves the whole outline out by one (mitred, at most 1.6 at sharp corners)."""
    ahead, behind = np.roll(points, -1, axis=0) - points, points - np.roll(points, 1, axis=0)
    side_a, side_b = (
        np.stack([e[:, 1], -e[:, 0]], axis=1) / (np.linalg.norm(e, axis=1, keepdims=True) + 1e-9) for e in (ahead, behind)
    )
    x, y = points.T
    turn = np.sign(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) or 1.0
    middle = side_a + side_b
    return turn * middle / np.maximum((middle**2).sum(axis=1, keepdims=True) / 2, 0.625)
