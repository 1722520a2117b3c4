"""The neurons that fire on a picture: one ranked list; pointing at a neuron shows where it fires."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.read import ReadNeuron
from explorer.ui import text
from explorer.ui.address import link
from explorer.ui.pages.image import words
from explorer.ui.parts.image_figure import heat_of
from explorer.ui.parts.label import Label, label
from explorer.ui.parts.ms import level_chip, neuron_ms
from explorer.ui.parts.notice import notice
from explorer.ui.parts.numbers import activation, neuron_id
from explorer.ui.parts.tile import tiles
from explorer.ui.templates import render

TILES = 5
SKELETON = render("pages/image/fired_skeleton.html")
"""Shown while the encoder works."""


class Row(NamedTuple):
    """A neuron that fires."""

    heat: str | None
    href: str
    id: str
    label: Label
    level: Markup | str
    ms: Markup
    width: float  # of its bar, in %
    number: str
    tiles: Markup


def fired_list(atlas: Atlas, fired: Sequence[ReadNeuron]) -> Markup:
    """The ranked neurons."""
    if not fired:
        return notice(words.NONE_FIRED)
    rows = [_row(atlas, one, fired[0].activation) for one in fired]
    return render("pages/image/fired.html", rows=rows, text=text)


def _row(atlas: Atlas, fired: ReadNeuron, strongest: float) -> Row:
    neuron = fired.neuron
    href = link("neuron", atlas, id=neuron)
    return Row(
        heat=heat_of(fired),
        href=href,
        id=neuron_id(neuron),
        label=label(atlas, neuron),
        level=level_chip(int(atlas.neurons["level"].iat[neuron])) if len(atlas.manifest.sae.group_sizes) > 1 else "",
        ms=neuron_ms(atlas, neuron),
        width=100 * fired.activation / strongest,
        number=activation(fired.activation),
        tiles=tiles(atlas, neuron, TILES, href),
    )
