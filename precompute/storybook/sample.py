"""Random scenes: which things, how many, of which colours; `layout.py` places them."""

from dataclasses import dataclass, replace
from random import Random
from typing import Literal, get_args

from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import CONTAINERS, KINDS
from precompute.storybook.layout import place
from precompute.storybook.photographs import photograph, seen_again
from precompute.storybook.scene import COUNTS, FLOATING, RELATIONS, SETTINGS, SIDE, SIZES, Bunch, Scene, Thing, is_held_out

Split = Literal["train", "heldout", "photo", "again"]
MOST_THINGS = 6
_PHOTOGRAPHS = {"photo": photograph, "again": seen_again}
EMPTY_SHARE = 0.04  # of training scenes, so that "nothing" can be learnt
CLOSE_UP_SHARE = 0.1  # of training scenes: one thing fills the image, as when a neuron is set on every patch
CLOSE_UP = (44.0, 84.0)  # radius in pixels


@dataclass(frozen=True)
class Wish:
    """A bunch before it is placed."""

    kind: str
    colour: str
    size: str
    count: int

    @property
    def radius(self) -> float:
        """Pixels."""
        return SIZES[self.size]


def sample_scene(seed: int, split: Split = "train") -> Scene:
    """Return the scene of a seed, always the same.

    Args:
        seed: any whole number; each split has its own scenes for it.
        split: `train` never has a held-out combination of kind, colour and setting; `heldout` always has one; `photo` is
            a scene like a photograph, without one; `again` shows the things of the `photo` of the same seed once more.

    Raises:
        ValueError: if there is no such split.
    """
    if split not in get_args(Split):
        raise ValueError(f"there is no split {split!r}: choose one of {', '.join(get_args(Split))}")
    if split in _PHOTOGRAPHS:
        return _PHOTOGRAPHS[split](seed)
    rng = Random(f"{split}:{seed}")
    setting = rng.choice(list(SETTINGS))
    weather = rng.choice(SETTINGS[setting])
    if split == "train" and (lot := rng.random()) < EMPTY_SHARE + CLOSE_UP_SHARE:
        return Scene(seed, setting, weather, () if lot < EMPTY_SHARE else (_close_up(rng, setting),), None)
    wishes = _wishes(rng, setting, split)
    relation = _relation(rng, wishes, setting)
    wishes = _fit_sizes(rng, wishes, relation)
    return Scene(seed, setting, weather, place(rng, wishes, relation, setting), relation)


def empty_scene(seed: int, setting: str, weather: str = "sunny") -> Scene:
    """Return a setting without things.

    Raises:
        ValueError: if there is no such setting, or it does not know the weather.
    """
    if weather not in SETTINGS.get(setting, ()):
        known = "; ".join(f"{name}: {', '.join(weathers)}" for name, weathers in SETTINGS.items())
        raise ValueError(f"there is no {setting!r} with the weather {weather!r}; there are {known}")
    return Scene(seed, setting, weather, (), None)


def _close_up(rng: Random, setting: str) -> Bunch:
    """One thing, so near that the image may not show all of it."""
    kind = rng.choice(list(KINDS))
    colour = rng.choice([colour for colour in COLOURS if not is_held_out(kind, colour, setting)])
    x, y = (SIDE * rng.uniform(0.35, 0.65) for _ in "xy")
    return Bunch(
        kind, colour, "big", (Thing(kind, colour, x, y, rng.uniform(*CLOSE_UP), rng.uniform(-12, 12), rng.random() < 0.5),)
    )


def _wishes(rng: Random, setting: str, split: Split) -> list[Wish]:
    number = rng.choices((1, 2, 3), (42, 43, 15))[0]
    single = number > 1 and rng.random() < 0.5  # two single things, which can stand in a relation
    heldout = rng.randrange(number) if split == "heldout" else None
    wishes: list[Wish] = []
    while len(wishes) < number:
        at = len(wishes)
        kind = _kind(rng, [wish.kind for wish in wishes], single and at == 1)
        taken = {wish.colour for wish in wishes if wish.kind == kind}
        free = [colour for colour in COLOURS if colour not in taken]
        if split == "train" or at == heldout:
            free = [colour for colour in free if is_held_out(kind, colour, setting) == (at == heldout)]
        if free:
            left = MOST_THINGS - sum(wish.count for wish in wishes) - (number - at - 1)
            count = 1 if single and at < 2 else min(left, rng.choices(COUNTS, (46, 21, 17, 16))[0])
            wishes.append(Wish(kind, rng.choice(free), "", count))
    return wishes


def _kind(rng: Random, before: list[str], maybe_holder: bool) -> str:
    """Draw any kind; sometimes one of the scene already (in another colour), or one that can hold the first."""
    if before and rng.random() < 0.1:
        return rng.choice(before)
    if maybe_holder and rng.random() < 0.15:
        return rng.choice(CONTAINERS)
    return rng.choice(list(KINDS))


def _relation(rng: Random, wishes: list[Wish], setting: str) -> str | None:
    """Draw a relation that is possible between the first two, or none; only two single things can have one."""
    if len(wishes) < 2 or wishes[0].count != 1 or wishes[1].count != 1 or rng.random() < 0.15:
        return None
    first, second = KINDS[wishes[0].kind], KINDS[wishes[1].kind]
    hovers = setting in FLOATING
    sense = {
        "above": hovers or (first.flies and not second.flies),
        "below": hovers or (second.flies and not first.flies),
        "beside": hovers or first.flies == second.flies,
        "in front of": hovers or not (first.flies or second.flies),
        "behind": hovers or not (first.flies or second.flies),
        "in": second.name in CONTAINERS
        and first.name not in CONTAINERS
        and first.wide <= 1.1 * first.tall
        and second.name != first.name,
    }
    if sense["in"] and rng.random() < 0.5:
        return "in"
    return rng.choice([relation for relation in RELATIONS if sense[relation]])


def _fit_sizes(rng: Random, wishes: list[Wish], relation: str | None) -> list[Wish]:
    """Draw sizes that leave room for all; a thing in front is not bigger than one behind it, a container is bigger."""
    total = sum(wish.count for wish in wishes)
    choices = (
        ("small", "medium", "big") if total == 1 else ("small", "medium") if total > 2 else ("small", "medium", "medium", "big")
    )
    sizes = [rng.choice(choices if total < 6 else ("small", "small", "medium")) for _ in wishes]
    if total > 2 and sizes.count("medium") == len(sizes) and total > 4:
        sizes[rng.randrange(len(sizes))] = "small"
    if relation == "in":
        sizes[:2] = ["small", "big"]
    if relation in ("in front of", "behind"):
        front, back = (0, 1) if relation == "in front of" else (1, 0)
        sizes[front], sizes[back] = rng.choice((("small", "medium"), ("medium", "medium"), ("medium", "big")))
    return [replace(wish, size=size) for wish, size in zip(wishes, sizes, strict=True)]
