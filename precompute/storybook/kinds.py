"""The things of the world and their class tree: thing → group → everything."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of thing. Sizes are shares of the drawing's half-size r: it spans 2·wide·r by 2·tall·r pixels."""

    name: str
    plural: str
    group: str
    flies: bool  # is at home in the air: placed in the sky where there is one
    wide: float
    tall: float


_TABLE = """
animal:    cat cats - .78 1 | dog dogs - .98 .86 | bird birds fly .98 .83 | fish fishes - 1 .66 | rabbit rabbits - .62 1
           turtle turtles - 1 .66 | butterfly butterflies fly .98 .85 | snail snails - 1 .74
vehicle:   car cars - 1 .6 | bus buses - 1 .65 | boat boats - .92 .98 | train trains - 1 .78 | rocket rockets fly .66 1
           plane planes fly 1 .66
plant:     tree trees - .8 1 | flower flowers - .62 1 | cactus cacti - .72 1 | mushroom mushrooms - .88 .9
toy:       ball balls - .8 .8 | kite kites fly .68 1 | balloon balloons fly .58 1 | drum drums - .82 .85 | robot robots - .74 1
food:      apple apples - .76 .92 | cake cakes - .86 .96 | donut donuts - .94 .76 | cherry cherries - .8 .92
sky:       star stars fly .95 .92 | moon moons fly .66 .9 | cloud clouds fly 1 .62
household: cup cups - .92 .92 | lamp lamps - .66 1 | chair chairs - .62 1 | umbrella umbrellas - .96 .96
           clock clocks - .8 .95 | book books - .8 .88 | basket baskets - .82 .92
"""


def _read(table: str) -> dict[str, Kind]:
    kinds, group = {}, ""
    for line in table.strip().splitlines():
        head, colon, rest = line.partition(":")
        group = head.strip() if colon else group
        for entry in (rest if colon else line).split("|"):
            name, plural, flies, wide, tall = entry.split()
            kinds[name] = Kind(name, plural, group, flies == "fly", float(wide), float(tall))
    return kinds


KINDS: dict[str, Kind] = _read(_TABLE)
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(kind.group for kind in KINDS.values()))
CONTAINERS = ("cup", "boat", "basket")  # what something can be in

GROUP_NAMES = {  # one, several; in the texts
    "animal": ("animal", "animals"),
    "vehicle": ("vehicle", "vehicles"),
    "plant": ("plant", "plants"),
    "toy": ("toy", "toys"),
    "food": ("food", "foods"),
    "sky": ("sky thing", "sky things"),
    "household": ("household thing", "household things"),
}


def ancestors(kind: str) -> tuple[str, ...]:
    """The path up the class tree, from the kind itself to the root.

    Raises:
        KeyError: if there is no such kind.
    """
    return kind, KINDS[kind].group, "everything"
