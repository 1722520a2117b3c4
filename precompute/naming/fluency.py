"""Whether an answer still reads well: steered too far, a model repeats itself or does not come to an end."""

import re
from collections import Counter
from itertools import pairwise

RUN = 3  # words in a row
ENDS = (".", "!", "?")


def reads_well(text: str, unsteered: str) -> bool:
    """Whether an answer repeats no run of words that the unsteered one does not, and ends as a sentence where that one does."""
    if not text.strip():
        return False
    again = _repeated(text) - _repeated(unsteered)
    return not again and (text.rstrip().endswith(ENDS) or not unsteered.rstrip().endswith(ENDS))


def _repeated(text: str) -> set[tuple[str, ...]]:
    """The runs of words that come more than once; two in a row of one word count as well: "birds birds"."""
    spoken = re.findall(r"\w+", text.lower())
    runs = Counter(zip(*(spoken[start:] for start in range(RUN)), strict=False))
    twice = {(one, one) for one, other in pairwise(spoken) if one == other}
    return {run for run, count in runs.items() if count > 1} | twice
