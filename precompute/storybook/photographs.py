"""Scenes like photographs: mostly one thing that fills a good part of the image; and the same things, seen again.

The other scenes (`sample.py`) hold up to six small things, which suits captions and questions. What an atlas shows is closer to
ImageNet's photographs: a subject, near.
"""

from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import KINDS
from precompute.storybook.layout import EDGE, place
from precompute.storybook.scene import FLOATING, SETTINGS, SIDE, SIZES, Bunch, Scene, Thing, is_held_out

ONE, SEVERAL, TWO_KINDS, EMPTY = 60, 20, 15, 5  # percent of the scenes: one thing, 2 to 4 of a kind, two kinds, nothing
NEAR = (30.0, 56.0)  # radius of a single thing, pixels
RADII = {2: (25.0, 35.0), 3: (20.0, 28.0), 4: (18.0, 24.0)}  # of each of several things
LOWEST_FOOT, HIGHEST_FOOT = 123.0, 96.0  # where a single thing stands, pixels from the top

# Of "the same things seen again", shares in which this differs. What never differs (the kinds) is what an encoder trained on such
# pairs calls alike; what sometimes differs counts less.
OTHER_COLOUR, OTHER_SETTING, OTHER_COUNT = 0.5, 0.67, 0.3


@dataclass(frozen=True)
class Group:
    """Things of one kind and colour, before they are placed."""

    kind: str
    colour: str
    count: int
    radius: float  # pixels

    @property
    def size(self) -> str:
        """Return the word for the radius: the nearest of SIZES."""
        return min(SIZES, key=lambda name: abs(SIZES[name] - self.radius))


class Subject(NamedTuple):
    """What a photograph is of."""

    groups: tuple[tuple[str, str, int], ...]  # kind, colour, count
    setting: str


def photograph(seed: int) -> Scene:
    """Return the photograph-like scene of a seed, always the same; it never has a held-out combination."""
    rng = Random(f"photo:{seed}")
    return _compose(rng, seed, _subject(rng))


def seen_again(seed: int) -> Scene:
    """Return another view of what `photograph(seed)` shows: other poses, sizes and weather, often another setting or colour."""
    subject = _subject(Random(f"photo:{seed}"))
    rng = Random(f"again:{seed}")
    return _compose(rng, -1 - seed, _altered(rng, subject))


def _subject(rng: Random) -> Subject:
    setting = rng.choice(list(SETTINGS))
    what = rng.choices(("one", "several", "two kinds", "empty"), (ONE, SEVERAL, TWO_KINDS, EMPTY))[0]
    kinds = rng.sample(list(KINDS), {"empty": 0, "two kinds": 2}.get(what, 1))
    count = rng.choice((2, 3, 4)) if what == "several" else 1
    return Subject(tuple((kind, rng.choice(_free(kind, setting)), count) for kind in kinds), setting)


def _altered(rng: Random, subject: Subject) -> Subject:
    """Change the setting, the colours and the count, each in its share of the cases; an empty scene keeps its setting."""
    others = [name for name in SETTINGS if name != subject.setting]
    setting = rng.choice(others) if subject.groups and rng.random() < OTHER_SETTING else subject.setting
    recolour = rng.random() < OTHER_COLOUR
    groups = []
    for kind, colour, count in subject.groups:
        if recolour or is_held_out(kind, colour, setting):
            colour = rng.choice([name for name in _free(kind, setting) if name != colour])
        if len(subject.groups) == 1 and rng.random() < OTHER_COUNT:
            count = rng.choice((1, 2, 3, 4))
        groups.append((kind, colour, count))
    return Subject(tuple(groups), setting)


def _free(kind: str, setting: str) -> list[str]:
    return [colour for colour in COLOURS if not is_held_out(kind, colour, setting)]


def _compose(rng: Random, seed: int, subject: Subject) -> Scene:
    """Draw weather, sizes and places."""
    weather = rng.choice(SETTINGS[subject.setting])
    total = sum(count for _, _, count in subject.groups)
    if total == 1:
        ((kind, colour, _),) = subject.groups
        bunches = (_near(rng, kind, colour, subject.setting),)
    else:
        groups = [Group(*group, rng.uniform(*RADII[total])) for group in subject.groups]
        bunches = place(rng, groups, None, subject.setting)
    return Scene(seed, subject.setting, weather, bunches, None)


def _near(rng: Random, kind: str, colour: str, setting: str) -> Bunch:
    """One large thing, wholly inside the image."""
    radius = rng.uniform(*NEAR)
    wide, tall = KINDS[kind].wide * radius, KINDS[kind].tall * radius
    x = rng.uniform(EDGE + wide, SIDE - EDGE - wide)
    top, bottom = EDGE + tall, SIDE - EDGE - tall
    if setting not in FLOATING and not KINDS[kind].flies:
        y = rng.uniform(max(HIGHEST_FOOT, EDGE + 2 * tall), LOWEST_FOOT) - tall
    elif KINDS[kind].flies and setting not in FLOATING:
        y = rng.uniform(top, (top + bottom) / 2)
    else:
        y = rng.uniform(top, bottom)
    tilt = rng.uniform(-1, 1) * (12 if setting in FLOATING or KINDS[kind].flies else 5)
    thing = Thing(kind, colour, x, y, radius, tilt, rng.random() < 0.5)
    return Bunch(kind, colour, "big", (thing,))
