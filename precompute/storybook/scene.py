"""Scenes as small frozen data; `draw/render.py` draws them, `captions.py` describes them."""

from dataclasses import dataclass

from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import KINDS

SIDE = 128  # pixels of an image's edge

SETTINGS: dict[str, tuple[str, ...]] = {  # setting → the weathers it knows
    "beach": ("sunny", "rainy", "foggy", "sunset", "night"),
    "forest": ("sunny", "rainy", "snowy", "foggy", "sunset", "night"),
    "city": ("sunny", "rainy", "snowy", "foggy", "sunset", "night"),
    "snow": ("sunny", "snowy", "foggy", "sunset", "night"),
    "desert": ("sunny", "foggy", "sunset", "night"),
    "meadow": ("sunny", "rainy", "foggy", "sunset", "night"),
    "castle": ("sunny", "rainy", "snowy", "foggy", "sunset", "night"),
    "room": ("sunny", "rainy", "snowy", "sunset", "night"),
    "space": ("night",),
    "ocean": ("sunny", "night"),
}
WEATHERS = ("sunny", "rainy", "snowy", "foggy", "sunset", "night")
FLOATING = ("space", "ocean")  # settings without a ground: there, everything hovers
SIZES = {"small": 14.0, "medium": 20.0, "big": 28.0}  # radius in pixels
COUNTS = (1, 2, 3, 4)
RELATIONS = ("above", "below", "beside", "in front of", "behind", "in")


@dataclass(frozen=True)
class Thing:
    """One drawn thing."""

    kind: str
    colour: str
    x: float
    """Centre, pixels from the left."""
    y: float
    """Centre, pixels from the top."""
    radius: float
    """Pixels; see `kinds.Kind` for what it spans."""
    angle: float
    """Degrees, clockwise."""
    flip: bool
    """It looks to the left."""


@dataclass(frozen=True)
class Bunch:
    """The things of one kind and colour in a scene."""

    kind: str
    colour: str
    size: str
    things: tuple[Thing, ...]

    @property
    def count(self) -> int:
        return len(self.things)


@dataclass(frozen=True)
class Scene:
    """Everything that an image shows."""

    seed: int
    """Everything that has no name (the shape of hills, where the grass grows) follows from it."""
    setting: str
    weather: str
    bunches: tuple[Bunch, ...]
    """Of different kind or colour each; none in an empty scene."""
    relation: str | None
    """How the first bunch's thing stands to the second's, where that is said: one of `RELATIONS`."""

    @property
    def things(self) -> tuple[Thing, ...]:
        """Return all things, from the farthest to the nearest: the order of drawing, and of the masks."""
        return tuple(sorted((thing for bunch in self.bunches for thing in bunch.things), key=foot))


def foot(thing: Thing) -> float:
    """Where a thing stands, pixels from the top: what stands lower is nearer."""
    return thing.y + KINDS[thing.kind].tall * thing.radius


def is_held_out(kind: str, colour: str, setting: str) -> bool:
    """Return whether training never shows this combination.

    One in eleven is held out, spread like a Latin square: any two of the three are seen together in training, with
    all third values but one.

    Raises:
        KeyError: if there is no such kind, colour or setting.
    """
    k, c, s = _KIND_NUMBER[kind], _COLOUR_NUMBER[colour], _SETTING_NUMBER[setting]
    return (k + 3 * c + 7 * s) % 11 == 5


def scene_is_held_out(scene: Scene) -> bool:
    """Return whether any of its bunches is a combination that training never shows."""
    return any(is_held_out(bunch.kind, bunch.colour, scene.setting) for bunch in scene.bunches)


_KIND_NUMBER, _COLOUR_NUMBER, _SETTING_NUMBER = (
    {name: i for i, name in enumerate(names)} for names in (KINDS, COLOURS, SETTINGS)
)
