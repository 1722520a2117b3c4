"""What a caption means, and back: so that two captions can be told equal in meaning.

A meaning is a multiset of (count, colour, kind) and a setting. Size, weather and relations are extra colour in a caption:
they are no part of it.
"""

import re
from collections import Counter
from typing import NamedTuple

from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import KINDS
from precompute.storybook.scene import SIZES, Scene
from precompute.storybook.words import NUMBERS, PLACES, SINGULAR, counted, listing, noun, tokens

Things = tuple[tuple[int, str, str], ...]  # (count, colour, kind), in order of kind and colour as they are listed


class Meaning(NamedTuple):
    """What a caption says."""

    things: Things
    setting: str


def meaning(scene: Scene) -> Meaning:
    """What a full caption of the scene must mean."""
    return Meaning(_sorted({(bunch.colour, bunch.kind): bunch.count for bunch in scene.bunches}), scene.setting)


def canonical(said: Meaning) -> str:
    """The one plainest caption of a meaning."""
    return f"{canonical_things(said.things)} {PLACES[said.setting][0]}."


def canonical_things(things: Things) -> str:
    return listing(counted(count, f"{colour} {noun(kind, count)}") for count, colour, kind in things)


def parse(caption: str) -> Meaning | None:
    """What a caption means; None where it names no setting or two, or leaves a thing's colour or count open."""
    things, setting = parse_things(caption), parse_setting(caption)
    return None if things is None or setting is None else Meaning(things, setting)


def parse_things(text: str) -> Things | None:
    """The counted things that a text names, `()` for "nothing"; None where one is named without number and colour."""
    line = " ".join(tokens(text))
    found = [(_number(number), colour, word) for number, colour, word in _PHRASE.findall(line)]
    named = sum(word in SINGULAR for word in tokens(text))
    agree = all((count == 1) == (word in KINDS) for count, _, word in found)
    if len(found) != named or not agree or bool(found) == ("nothing" in tokens(text)):
        return None
    total = Counter[tuple[str, str]]()
    for count, colour, word in found:
        total[colour, SINGULAR[word]] += count
    return _sorted(total)


def parse_setting(text: str) -> str | None:
    """The setting that a text names; None where it names none or more than one."""
    line = f" {' '.join(tokens(text))} "
    said = {setting for setting, ways in PLACES.items() if any(f" {way} " in line for way in ways)}
    return said.pop() if len(said) == 1 else None


def _number(word: str) -> int:
    return 1 if word in ("a", "an") else NUMBERS.index(word)


def _sorted(counts: dict[tuple[str, str], int]) -> Things:
    order = {name: i for i, name in enumerate((*KINDS, *COLOURS))}
    things = ((count, colour, kind) for (colour, kind), count in counts.items())
    return tuple(sorted(things, key=lambda thing: (order[thing[2]], order[thing[1]])))


_PHRASE = re.compile(
    rf"\b(a|an|{'|'.join(NUMBERS[1:])}) (?:(?:{'|'.join(SIZES)}) )?({'|'.join(COLOURS)}) ({'|'.join(SINGULAR)})\b"
)
