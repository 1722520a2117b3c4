"""How often a neuron fires how strongly, as bars of fixed height."""

from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from explorer.atlas.tables import HISTOGRAM_FIRST
from explorer.ui.pages.neuron import words
from explorer.ui.parts.numbers import activation
from explorer.ui.parts.term import term
from explorer.ui.templates import render

MOST_TICKS = 6


class Bin(NamedTuple):
    """A half octave of activation."""

    images: int
    low: str
    high: str
    height: float  # of its bar, % of the highest


def histogram(counts: np.ndarray) -> Markup:
    """Images per half octave of activation, from the first bin that has some to the last: at least one has."""
    used = np.flatnonzero(counts)
    first, last = int(used[0]), int(used[-1])
    edges = [activation(2.0 ** (HISTOGRAM_FIRST + edge / 2)) for edge in range(first, last + 2)]
    highest = int(counts.max())
    bins = [
        Bin(int(count), edges[place], edges[place + 1], 100 * count / highest)
        for place, count in enumerate(counts[first : last + 1])
    ]
    ticks = [(100 * place / len(bins), edges[place]) for place in range(0, len(edges), max(1, -(-len(edges) // MOST_TICKS)))]
    return render(
        "pages/neuron/histogram.html",
        bins=bins,
        ticks=ticks,
        highest=_images(highest),
        title=term(words.STRENGTH, words.STRENGTH_WHY),
        images=_images,
    )


def _images(count: int) -> str:
    return f"{count:,} image{'' if count == 1 else 's'}"
