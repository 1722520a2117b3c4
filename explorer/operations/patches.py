"""Sets of patches as text, in runs: `9-11.17` is patches 9, 10, 11 and 17; short enough for an address."""

import re
from collections.abc import Iterable

from explorer.errors import VisitorError

LONGEST_RUNS = 4096  # characters
_RUNS = re.compile(r"\d{1,4}(-\d{1,4})?(\.\d{1,4}(-\d{1,4})?)*", re.ASCII)
_HOW = "patches are written as ascending numbers and runs of them, such as 9-11.17: write them so"


def numbers(runs: str) -> tuple[int, ...]:
    """The patches, ascending; none for an empty text.

    Raises:
        VisitorError: if it is not written so, ascending.
    """
    if not runs:
        return ()
    if len(runs) > LONGEST_RUNS or not _RUNS.fullmatch(runs):
        raise VisitorError(_HOW)
    patches: list[int] = []
    for run in runs.split("."):
        first, _, last = run.partition("-")
        if int(last or first) < int(first) or (patches and int(first) <= patches[-1]):
            raise VisitorError(_HOW)
        patches.extend(range(int(first), int(last or first) + 1))
    return tuple(patches)


def runs(patches: Iterable[int]) -> str:
    """The text for these patches."""
    spans: list[list[int]] = []
    for patch in sorted({*patches}):
        if spans and patch == spans[-1][1] + 1:
            spans[-1][1] = patch
        else:
            spans.append([patch, patch])
    return ".".join(f"{first}-{last}" if last > first else f"{first}" for first, last in spans)
