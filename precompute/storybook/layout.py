"""Positions of things: all are visible, and the relation of the first two holds."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple, Protocol

from precompute.storybook.kinds import KINDS
from precompute.storybook.scene import FLOATING, SIDE, Bunch, Thing

EDGE = 3  # pixels kept free at the image's edge
TRIES = 40  # spots looked at for each thing; the freest is taken
MOST_TILT = 9.0  # degrees; what flies may tilt more


class Asked(Protocol):
    """A bunch to be placed."""

    @property
    def kind(self) -> str: ...
    @property
    def colour(self) -> str: ...
    @property
    def size(self) -> str: ...
    @property
    def radius(self) -> float: ...
    @property
    def count(self) -> int: ...


class Spot(NamedTuple):
    """A thing's middle and half-extent, pixels."""

    x: float
    y: float
    wide: float
    tall: float


def place(rng: Random, wishes: Sequence[Asked], relation: str | None, setting: str) -> tuple[Bunch, ...]:
    """Place the things of each wish; the first two wishes' things stand in the relation, if there is one."""
    hovers = setting in FLOATING
    radii = [[wish.radius * rng.uniform(0.93, 1.07) for _ in range(wish.count)] for wish in wishes]
    spots: list[list[Spot]] = [[] for _ in wishes]
    taken: list[Spot] = []
    if relation is not None:
        pair = _related(rng, wishes, relation, radii[0][0], radii[1][0], hovers)
        spots[0], spots[1], taken = [pair[0]], [pair[1]], list(pair)
    order = [(i, r) for i, _ in enumerate(wishes) for r in radii[i][len(spots[i]) :]]
    for i, radius in sorted(order, key=lambda item: -item[1]):
        spots[i].append(_freest(rng, wishes[i].kind, radius, taken, hovers))
        taken.append(spots[i][-1])
    return tuple(_bunch(rng, wish, spot, hovers) for wish, spot in zip(wishes, spots, strict=True))


def _bunch(rng: Random, wish: Asked, spots: list[Spot], hovers: bool) -> Bunch:
    kind, things = KINDS[wish.kind], []
    for spot in spots:
        tilt = rng.uniform(-1, 1) * MOST_TILT * (1.0 if hovers or kind.flies else 0.35)
        things.append(Thing(wish.kind, wish.colour, spot.x, spot.y, spot.wide / kind.wide, tilt, rng.random() < 0.5))
    return Bunch(wish.kind, wish.colour, wish.size, tuple(things))


def _extent(kind: str, radius: float) -> tuple[float, float]:
    return KINDS[kind].wide * radius, KINDS[kind].tall * radius


def _freest(rng: Random, kind: str, radius: float, taken: list[Spot], hovers: bool) -> Spot:
    """Draw several spots; return the first that overlaps nothing, or else the one that overlaps least."""
    wide, tall = _extent(kind, radius)
    best, least = Spot(0, 0, wide, tall), float("inf")
    for _ in range(TRIES):
        spot = Spot(rng.uniform(EDGE + wide, SIDE - EDGE - wide), _height(rng, kind, tall, hovers), wide, tall)
        overlap = sum(_overlap(spot, other) for other in taken)
        if overlap < least:
            best, least = spot, overlap
        if least == 0:
            break
    return best


def _height(rng: Random, kind: str, tall: float, hovers: bool) -> float:
    """The middle's y: on the ground with its foot below the horizon, or in the sky."""
    if hovers:
        return rng.uniform(EDGE + tall, SIDE - EDGE - tall)
    if KINDS[kind].flies:
        return rng.uniform(EDGE + tall, max(EDGE + tall + 6, 66 - tall))
    return rng.uniform(max(88, EDGE + 2 * tall), SIDE - EDGE) - tall


def _overlap(a: Spot, b: Spot) -> float:
    """Shared area of two boxes (a little larger than the things), as a share of the smaller one."""
    w = min(a.x + a.wide, b.x + b.wide) - max(a.x - a.wide, b.x - b.wide) + 2
    h = min(a.y + a.tall, b.y + b.tall) - max(a.y - a.tall, b.y - b.tall) + 2
    return max(w, 0) * max(h, 0) / (4 * min(a.wide * a.tall, b.wide * b.tall))


def _related(rng: Random, wishes: Sequence[Asked], relation: str, ra: float, rb: float, hovers: bool) -> tuple[Spot, Spot]:
    """Spots of the first two, kept inside the image together."""
    (wa, ta), (wb, tb) = _extent(wishes[0].kind, ra), _extent(wishes[1].kind, rb)
    dx, dy = _offset(rng, relation, Spot(0, 0, wa, ta), Spot(0, 0, wb, tb), wishes[1].kind)
    left, right = max(wb, wa - dx), max(wb, wa + dx)
    top, bottom = max(tb, ta - dy), max(tb, ta + dy)
    x = rng.uniform(EDGE + left, max(EDGE + left, SIDE - EDGE - right))
    lowest = SIDE - EDGE - bottom
    if hovers:
        y = rng.uniform(EDGE + top, max(EDGE + top, lowest))
    elif KINDS[wishes[0].kind].flies and KINDS[wishes[1].kind].flies:
        y = rng.uniform(EDGE + top, max(EDGE + top + 4, 64 - bottom))
    else:
        y = rng.uniform(min(max(92 - bottom, EDGE + top), lowest), lowest)
    return Spot(x + dx, y + dy, wa, ta), Spot(x, y, wb, tb)


def _offset(rng: Random, relation: str, a: Spot, b: Spot, holder: str) -> tuple[float, float]:
    """From the second thing's middle to the first's."""
    side = rng.choice((-1, 1))
    if relation in ("above", "below"):
        gap = a.tall + b.tall + rng.uniform(3, 12)
        return rng.uniform(-0.4, 0.4) * (a.wide + b.wide), -gap if relation == "above" else gap
    if relation == "beside":
        return side * (a.wide + b.wide + rng.uniform(2, 8)), b.tall - a.tall + rng.uniform(-3, 3)
    if relation == "in":
        rim = {"cup": -0.4, "boat": 0.38, "basket": -0.08}[holder] * b.tall
        return rng.uniform(-0.06, 0.06) * b.wide + (0.3 * b.wide * side if holder == "boat" else 0), rim - 0.4 * a.tall
    nearer = 1 if relation == "in front of" else -1
    return side * (0.62 * (a.wide + b.wide)), b.tall - a.tall + nearer * rng.uniform(7, 10)
