"""The neurons that fire on a picture: one ranked list; pointing at a neuron shows where it fires."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui import text
from explorer.ui.address import link
from explorer.ui.pages.image import words
from explorer.ui.parts.image_figure import heat_of
from explorer.ui.parts.label import label
from explorer.ui.parts.ms import level_chip, ms_bar
from explorer.ui.parts.notice import notice
from explorer.ui.parts.numbers import activation, neuron_id
from explorer.ui.parts.tile import tiles

if TYPE_CHECKING:  # importing it would load torch
    from explorer.models.firing import Fired

TILES = 5
_ROW = Markup(
    '<li class="fired-row"{heat} tabindex="0"><a class="fired-name" href="{href}"><span class="id">{id}</span> '
    '<span class="name{name.css}">{name.name}</span></a>{level}{ms}'
    '<span class="fires" title="{what}">'
    '<span class="fires-track" aria-hidden="true"><span style="width:{width:.1f}%"></span></span>'
    '<span class="number">{number}</span></span><a class="strip" href="{href}" tabindex="-1" aria-hidden="true">{tiles}</a></li>'
)


def fired_list(atlas: Atlas, fired: "Sequence[Fired]") -> Markup:
    """The ranked neurons."""
    if not fired:
        return notice(words.NONE_FIRED)
    rows = Markup("").join(_row(atlas, one, fired[0].activation) for one in fired)
    return Markup('<ol class="fired">{}</ol>').format(rows)


def fired_skeleton(sentence: str) -> Markup:
    """Shown while the encoder works."""
    rows = Markup('<li class="fired-row"><span class="fired-name">&nbsp;</span><span class="strip"></span></li>') * 8
    return (notice(sentence) if sentence else Markup("")) + Markup('<ol class="fired ghost" aria-busy="true">{}</ol>').format(
        rows
    )


def _row(atlas: Atlas, fired: "Fired", strongest: float) -> Markup:
    neuron, heat = fired.neuron, heat_of(fired)
    return _ROW.format(
        heat=Markup(' data-heat-png="{}"').format(heat) if heat else "",
        href=link("neuron", atlas, id=neuron),
        id=neuron_id(neuron),
        name=label(atlas, neuron),
        level=level_chip(int(atlas.neurons["level"].iat[neuron])) if len(atlas.manifest.sae.group_sizes) > 1 else "",
        ms=ms_bar(float(atlas.ms()[neuron]), atlas.similarities[0]),
        what=text.ACTIVATION,
        width=100 * fired.activation / strongest,
        number=activation(fired.activation),
        tiles=tiles(atlas, neuron, TILES, fill=False),
    )
