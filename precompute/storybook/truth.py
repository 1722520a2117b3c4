"""The attributes of a scene, as flat strings such as `kind:boat`, and the things that have each."""

from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import GROUPS, KINDS
from precompute.storybook.scene import COUNTS, RELATIONS, SETTINGS, SIZES, WEATHERS, Scene, Thing


def attributes(scene: Scene) -> frozenset[str]:
    """Return all attributes of a scene, each one of `all_attributes()`.

    `count:n` says that some bunch has n things; `relation:…` is the one the scene was made with, not any that came by chance.
    """
    whole = {f"setting:{scene.setting}", f"weather:{scene.weather}"}
    if scene.relation:
        whole.add(f"relation:{scene.relation}")
    return frozenset(whole.union(*thing_attributes(scene)))


def thing_attributes(scene: Scene) -> list[frozenset[str]]:
    """Return the attributes of each of `scene.things`: kind, colour, colour and kind, group, size, count of its bunch."""
    home = {(bunch.kind, bunch.colour): bunch for bunch in scene.bunches}
    bunches = [home[thing.kind, thing.colour] for thing in scene.things]
    return [
        _of(thing) | {f"size:{bunch.size}", f"count:{bunch.count}"} for thing, bunch in zip(scene.things, bunches, strict=True)
    ]


def _of(thing: Thing) -> frozenset[str]:
    group = KINDS[thing.kind].group
    return frozenset((f"kind:{thing.kind}", f"colour:{thing.colour}", f"thing:{thing.colour} {thing.kind}", f"group:{group}"))


def things_with(scene: Scene, attribute: str) -> tuple[int, ...]:
    """Return the numbers of the things, and so of the masks, that have an attribute; none for setting, weather and relation."""
    return tuple(i for i, its in enumerate(thing_attributes(scene)) if attribute in its)


def all_attributes() -> tuple[str, ...]:
    """Return every attribute that can occur, coarse ones first."""
    return (
        *(f"setting:{name}" for name in SETTINGS),
        *(f"weather:{name}" for name in WEATHERS),
        *(f"relation:{name}" for name in RELATIONS),
        *(f"count:{count}" for count in COUNTS),
        *(f"size:{size}" for size in SIZES),
        *(f"group:{name}" for name in GROUPS),
        *(f"colour:{name}" for name in COLOURS),
        *(f"kind:{name}" for name in KINDS),
        *(f"thing:{colour} {kind}" for kind in KINDS for colour in COLOURS),
    )
