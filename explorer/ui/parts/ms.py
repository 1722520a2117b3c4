"""The MS bar, the level chip and the density: a neuron's figures in small."""

import math
from functools import lru_cache

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui import text
from explorer.ui.parts.numbers import percent, score
from explorer.ui.templates import render
from explorer.ui.theme import MS_RAMP, ramp


def neuron_ms(atlas: Atlas, neuron: int, similarity: str | None = None) -> Markup:
    """The MS bar of a neuron, by one similarity encoder; the atlas's first if None."""
    return ms_bar(float(atlas.ms(similarity)[neuron]), similarity or atlas.similarities[0], atlas.floor(similarity))


def ms_bar(ms: float, similarity: str, floor: float | None = None) -> Markup:
    """A bar from 0 to 1 in the one MS colour scale, with a mark at the floor where it is known, and the number."""
    title = text.MS.format(similarity=similarity)
    if floor is not None and not math.isnan(ms):
        title = f"{title} {floor_words(ms, similarity, floor)}"
    return render(
        "parts/ms_bar.html",
        title=title,
        width=100 * _within(ms),
        colour=ramp(MS_RAMP, _within(ms)),
        floor=None if floor is None else 100 * _within(floor),
        number=score(ms),
    )


def floor_words(ms: float, similarity: str, floor: float) -> str:
    """How far an MS lies above what two random images have, or below."""
    lift = ms - floor
    above = f"{score(abs(lift))} {'above' if lift > 0 else 'below'} that" if round(lift, 2) else "no more alike"
    return text.FLOOR.format(floor=score(floor), similarity=similarity, lift=above)


@lru_cache(maxsize=64)
def level_chip(level: int) -> Markup:
    return Markup('<span class="chip" title="{}">level {}</span>').format(text.LEVEL, level)


def density(share: float, images: int) -> Markup:
    return Markup('<span class="density" title="{}">{}</span>').format(text.DENSITY.format(images=f"{images:,}"), percent(share))


def _within(ms: float) -> float:
    return 0.0 if math.isnan(ms) else min(max(ms, 0.0), 1.0)
