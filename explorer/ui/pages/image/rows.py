"""A neuron that fires on a picture, or on two: its figures, and where it fires."""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.read import ReadNeuron
from explorer.ui.address import link
from explorer.ui.pages.image import words
from explorer.ui.parts.heat import heat_png
from explorer.ui.parts.label import Label, label
from explorer.ui.parts.ms import level_chip, neuron_ms
from explorer.ui.parts.numbers import activation, neuron_id
from explorer.ui.parts.tile import tiles

TILES = 5
Fired = tuple[ReadNeuron | None, ...]  # of one neuron, on each picture; None where it does not fire


class Bar(NamedTuple):
    """An amount on one picture."""

    place: str  # of the picture, where there are two
    width: float  # in %
    number: str


class Row(NamedTuple):
    """A neuron that fires."""

    key: str  # names the row in an address
    heats: list[str]  # where it fires on each picture, as data URIs; empty where the tap has no patches
    says: str  # what its heat-map shows
    href: str
    id: str
    label: Label
    level: Markup | str
    ms: Markup
    bars: list[Bar]
    unusual: str
    tiles: Markup


def row(atlas: Atlas, fired: Fired, strongest: float) -> Row:
    """The row of one neuron.

    Args:
        fired: on each picture; on one at least.
        strongest: the activation whose bar is full.
    """
    found = [one for one in fired if one]
    neuron, called = found[0].neuron, label(atlas, found[0].neuron)
    href = link("neuron", atlas, id=neuron)
    peak = max((float(one.patches.max()) for one in found if one.patches is not None), default=0.0)
    return Row(
        key=str(neuron),
        heats=heats([one.patches if one else None for one in fired], peak),
        says=words.HEAT_SAYS.format(id=neuron_id(neuron), name=called.name, peak=activation(peak)),
        href=href,
        id=neuron_id(neuron),
        label=called,
        level=level_chip(int(atlas.value("level", neuron))) if len(atlas.manifest.sae.group_sizes) > 1 else "",
        ms=neuron_ms(atlas, neuron),
        bars=bars([one.activation if one else 0.0 for one in fired], strongest, activation),
        unusual=unusual(found[0]) if len(fired) == 1 else "",
        tiles=tiles(atlas, neuron, TILES, href),
    )


def heats(maps: list[np.ndarray | None], peak: float) -> list[str]:
    """Heat-maps of one colour scale; "" for a picture without one, nothing where no picture has one."""
    if all(patches is None for patches in maps):
        return []
    return ["" if patches is None else heat_png(patches, peak) for patches in maps]


def bars(amounts: list[float], most: float, written: Callable[[float], str]) -> list[Bar]:
    """A bar for each picture, numbered where there are several."""
    places = [""] if len(amounts) == 1 else map(str, range(1, len(amounts) + 1))
    widths = (100 * min(1.0, amount / most) if most > 0 else 0 for amount in amounts)
    return [Bar(*bar) for bar in zip(places, widths, map(written, amounts), strict=True)]


def unusual(fired: ReadNeuron) -> str:
    """In words, how unusual the activation is for the neuron."""
    if math.isnan(fired.percentile):
        return words.NEVER
    if fired.percentile >= 100:
        return words.STRONGEST.format(images=f"{fired.images:,}")
    share = "less than 1 %" if fired.percentile < 1 else f"{math.floor(fired.percentile)} %"
    return words.STRONGER.format(share=share, images=f"{fired.images:,}")
