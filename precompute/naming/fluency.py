"""Whether an answer still reads well: steered too far, a model repeats itself or does not come to an end."""

import re
from collections import Counter
from pathlib import Path

RUN = 3  # words in a row
ENDS = (".", "!", "?")
FUNCTION_WORDS = frozenset(Path(__file__).with_name("function_words.txt").read_text(encoding="utf-8").split())


def reads_well(text: str, unsteered: str) -> bool:
    """Whether an answer keeps the form of the unsteered one: begins with its word, repeats no run of words that it does not,
    and ends as a sentence where it does."""
    if re.findall(r"\w+", text.lower())[:1] != re.findall(r"\w+", unsteered.lower())[:1] or not text.strip():
        return False
    again = _repeated(text) - _repeated(unsteered)
    return not again and (text.rstrip().endswith(ENDS) or not unsteered.rstrip().endswith(ENDS))


def _repeated(text: str) -> set[tuple[str, ...]]:
    """The runs of words that come more than once, and the words that come again after one other at most: "bus in buses"."""
    spoken = re.findall(r"\w+", text.lower())
    runs = Counter(zip(*(spoken[start:] for start in range(RUN)), strict=False))
    stems = [_stem(word) for word in spoken]
    near = {(stem,) for gap in (1, 2) for stem, other in zip(stems, stems[gap:], strict=False) if stem == other}
    return {run for run, count in runs.items() if count > 1} | {(stem,) for (stem,) in near if stem not in FUNCTION_WORDS}


def _stem(word: str) -> str:
    """A word without the ending of its plural: "buses" and "bus" are the same."""
    return word.removesuffix("es").removesuffix("s") if len(word) > 3 else word
