"""From a kind and a colour to the strokes that draw it."""

from collections.abc import Callable
from functools import lru_cache

from precompute.storybook.draw import animals, food, household, plants, sky, toys, vehicles
from precompute.storybook.draw.pen import Pen, Stroke
from precompute.storybook.kinds import KINDS

_ROOMS = {
    "animal": animals,
    "vehicle": vehicles,
    "plant": plants,
    "toy": toys,
    "food": food,
    "sky": sky,
    "household": household,
}
DRAWINGS: dict[str, Callable[[Pen], None]] = {name: getattr(_ROOMS[kind.group], name) for name, kind in KINDS.items()}


@lru_cache(maxsize=1024)
def strokes(kind: str, colour: str, front: bool = False) -> tuple[Stroke, ...]:
    """The drawing of a kind in a colour, in the order it is painted; or only its front. The same for ever, so kept.

    Raises:
        KeyError: if there is no such kind or colour.
    """
    pen = Pen(colour)
    DRAWINGS[kind](pen)
    return tuple(pen.strokes[pen.front :] if front else pen.strokes)
