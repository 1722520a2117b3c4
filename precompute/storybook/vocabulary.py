"""The vocabulary: every word of Storybook's captions, questions, answers and texts."""

import re
from collections.abc import Iterable

from precompute.storybook import captions, instructions, questions
from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import GROUP_NAMES, KINDS
from precompute.storybook.scene import RELATIONS, SIZES, WEATHERS
from precompute.storybook.words import NUMBERS, PLACES, WEATHER_WORDS, tokens

_SMALL = ("a", "an", "and", "is", "are", "nothing", "yes", "no", "quiet", "place", "places", "spot", "things", ".", ",", "!", "?")


def nameable() -> tuple[str, ...]:
    """Return the words that can name a neuron: kinds, groups, colours, settings, weathers."""
    return tuple(dict.fromkeys([*KINDS, *GROUP_NAMES, *COLOURS, *PLACES, *WEATHERS]))


def vocabulary() -> tuple[str, ...]:
    """Return all tokens of captions, questions, answers, prompts and texts, sorted; `\\n` is one."""
    sources: list[Iterable[str]] = [
        _SMALL,
        KINDS,
        (kind.plural for kind in KINDS.values()),
        COLOURS,
        SIZES,
        NUMBERS,
        WEATHERS,
        RELATIONS,
    ]
    sources += [*GROUP_NAMES.values(), *PLACES.values(), *WEATHER_WORDS.values(), captions.TEMPLATES, captions.CAPTION_PROMPTS]
    sources += [(*form.prompts, *form.texts) for form in instructions.FORMS.values()]
    sources += [value for name, value in vars(questions).items() if name.isupper() and isinstance(value, tuple)]
    return tuple(sorted({word for texts in sources for text in texts for word in tokens(re.sub(r"\{\w+\}", " ", text))}))
