"""The MS bar, the level chip and the density: a neuron's figures in small."""

import math
from functools import lru_cache

from markupsafe import Markup

from explorer.ui import text
from explorer.ui.parts.numbers import percent, score
from explorer.ui.templates import render
from explorer.ui.theme import MS_RAMP, ramp


def ms_bar(ms: float, similarity: str) -> Markup:
    """A bar from 0 to 1 in the one MS colour scale, and the number."""
    share = 0.0 if math.isnan(ms) else min(max(ms, 0.0), 1.0)
    title = text.MS.format(similarity=similarity)
    return render("parts/ms_bar.html", title=title, width=100 * share, colour=ramp(MS_RAMP, share), number=score(ms))


@lru_cache(maxsize=64)
def level_chip(level: int) -> Markup:
    return Markup('<span class="chip" title="{}">level {}</span>').format(text.LEVEL, level)


def density(share: float, images: int) -> Markup:
    return Markup('<span class="density" title="{}">{}</span>').format(text.DENSITY.format(images=f"{images:,}"), percent(share))
