"""Every word that Storybook can say or be asked."""

import re
from collections.abc import Iterable

from precompute.storybook import captions, instructions, questions
from precompute.storybook.colours import COLOURS
from precompute.storybook.kinds import GROUP_NAMES, KINDS
from precompute.storybook.scene import RELATIONS, SIZES, WEATHERS
from precompute.storybook.words import NUMBERS, PLACES, WEATHER_WORDS, tokens

_SMALL = ("a", "an", "and", "is", "are", "nothing", "yes", "no", "quiet", "place", "places", "spot", "things", ".", ",", "!", "?")


def nameable() -> tuple[str, ...]:
    """What a neuron can be called: kinds, groups, colours, settings, weathers."""
    return tuple(dict.fromkeys([*KINDS, *GROUP_NAMES, *COLOURS, *PLACES, *WEATHERS]))


def vocabulary() -> tuple[str, ...]:
    """All tokens of captions, questions, answers, prompts and texts, sorted; `\\n` is one."""
    said: list[Iterable[str]] = [
        _SMALL,
        KINDS,
        (kind.plural for kind in KINDS.values()),
        COLOURS,
        SIZES,
        NUMBERS,
        WEATHERS,
        RELATIONS,
    ]
    said += [*GROUP_NAMES.values(), *PLACES.values(), *WEATHER_WORDS.values(), captions.TEMPLATES, captions.CAPTION_PROMPTS]
    said += [(*form.prompts, *form.texts) for form in instructions.FORMS.values()]
    said += [value for name, value in vars(questions).items() if name.isupper() and isinstance(value, tuple)]
    return tuple(sorted({word for texts in said for text in texts for word in tokens(re.sub(r"\{\w+\}", " ", text))}))
