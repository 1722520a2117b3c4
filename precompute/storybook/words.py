"""The language of Storybook: lowercase words, numbers written out, few phrasings."""

import re
from collections.abc import Iterable

from precompute.storybook.kinds import KINDS

WORD = r"\n|[a-z]+|[^\sa-z]"  # a token: a word, a mark, or the end of a line
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

PLACES: dict[str, tuple[str, ...]] = {  # setting → the ways to say where it is
    "beach": ("on the beach", "on the sand"),
    "forest": ("in the forest", "in the woods"),
    "city": ("in the city", "on the street"),
    "snow": ("in the snow", "on the snow"),
    "desert": ("in the desert", "on the dunes"),
    "meadow": ("in the meadow", "by the fence"),
    "castle": ("by the castle", "near the castle"),
    "room": ("in the room", "inside the house"),
    "space": ("in space", "in outer space"),
    "ocean": ("in the ocean", "under the sea"),
}
WEATHER_WORDS: dict[str, tuple[str, ...]] = {
    "sunny": ("on a sunny day", "in the sunshine"),
    "rainy": ("on a rainy day", "in the rain"),
    "snowy": ("on a snowy day", "while it snows"),
    "foggy": ("on a foggy day", "in the fog"),
    "sunset": ("at sunset", "in the evening"),
    "night": ("at night", "in the dark"),
}
SINGULAR = {kind.plural: name for name, kind in KINDS.items()} | {name: name for name in KINDS}  # any form → the kind


def tokens(text: str) -> list[str]:
    """Split a text into words, punctuation marks and line ends, in lower case."""
    return re.findall(WORD, text.lower())


def join(words: Iterable[str]) -> str:
    """Join tokens to a text: `join(tokens(text)) == text` for all of Storybook's texts."""
    text = re.sub(r" ([.,!?:])", r"\1", " ".join(words))
    return re.sub(r" ?\n ?", "\n", text)


def article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def noun(kind: str, count: int) -> str:
    return kind if count == 1 else KINDS[kind].plural


def counted(count: int, words: str) -> str:
    """`a red boat`, `an orange cat`, `two red boats`: the words come in the right number."""
    return f"{article(words) if count == 1 else NUMBERS[count]} {words}"


def listing(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`; `nothing` of none."""
    *most, last = list(parts) or ["nothing"]
    return f"{', '.join(most)} and {last}" if most else last
