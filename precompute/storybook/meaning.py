"""The meaning of a caption, and back; two captions are equal if their meanings are.

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
    """The meaning of a caption."""

    things: Things
    setting: str


def meaning(scene: Scene) -> Meaning:
    """Return the meaning of a full caption of the scene."""
    return Meaning(_sorted({(bunch.colour, bunch.kind): bunch.count for bunch in scene.bunches}), scene.setting)


def canonical(facts: Meaning) -> str:
    """Return the plainest caption with this meaning."""
    return f"{canonical_things(facts.things)} {PLACES[facts.setting][0]}."


def canonical_things(things: Things) -> str:
    return listing(counted(count, f"{colour} {noun(kind, count)}") for count, colour, kind in things)


def parse(caption: str) -> Meaning | None:
    """Return the meaning of a caption; None if it names no setting or two, or a thing without colour or count."""
    things, setting = parse_things(caption), parse_setting(caption)
    return None if things is None or setting is None else Meaning(things, setting)


def parse_things(text: str) -> Things | None:
    """Return the counted things that a text names, `()` for "nothing"; None if one has no number or colour."""
    line = " ".join(tokens(text))
    phrases = [(_number(number), colour, word) for number, colour, word in _PHRASE.findall(line)]
    named = sum(word in SINGULAR for word in tokens(text))
    agree = all((count == 1) == (word in KINDS) for count, _, word in phrases)
    if len(phrases) != named or not agree or bool(phrases) == ("nothing" in tokens(text)):
        return None
    total = Counter[tuple[str, str]]()
    for count, colour, word in phrases:
        total[colour, SINGULAR[word]] += count
    return _sorted(total)


def parse_setting(text: str) -> str | None:
    """Return the setting that a text names; None if it names none or more than one."""
    line = f" {' '.join(tokens(text))} "
    settings = {setting for setting, ways in PLACES.items() if any(f" {way} " in line for way in ways)}
    return settings.pop() if len(settings) == 1 else None


def _number(word: str) -> int:
    return 1 if word in ("a", "an") else NUMBERS.index(word)


def _sorted(counts: dict[tuple[str, str], int]) -> Things:
    order = {name: i for i, name in enumerate((*KINDS, *COLOURS))}
    things = ((count, colour, kind) for (colour, kind), count in counts.items())
    return tuple(sorted(things, key=lambda thing: (order[thing[2]], order[thing[1]])))


_PHRASE = re.compile(
    rf"\b(a|an|{'|'.join(NUMBERS[1:])}) (?:(?:{'|'.join(SIZES)}) )?({'|'.join(COLOURS)}) ({'|'.join(SINGULAR)})\b"
)
