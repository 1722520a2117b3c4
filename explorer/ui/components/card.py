"""A neuron in small: a card of the browse page, and the smaller one of its neighbours. Each is one plain link."""

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui.components.label import label
from explorer.ui.components.ms import density, level_chip, ms_bar
from explorer.ui.components.numbers import neuron_id
from explorer.ui.components.tile import plain_tile

_CARD = Markup(
    '<a class="card" href="{href}" data-neuron="{neuron}"><span class="mosaic">{tiles}</span>'
    '<span class="card-name{name.css}" title="{name.why}">{name.name}</span>'
    '<span class="card-line"><span class="id">{id}</span>{level}</span>'
    '<span class="card-line">{ms}{density}</span></a>'
)
_MINI = Markup(
    '<a class="mini" href="{href}" data-view data-neuron="{neuron}"><span class="strip">{tiles}</span>'
    '<span class="mini-text"><span class="mini-name{name.css}">{name.name}</span>'
    '<span class="card-line"><span class="id">{id}</span>{ms}'
    '<span class="number" title="{what}">{number}</span></span></span></a>'
)
_EMPTY = Markup('<span class="tile tile-empty"></span>')


def card(atlas: Atlas, neuron: int, href: str, similarity: str | None = None) -> Markup:
    """A card: 2 × 2 images, label, number, level, MS, density."""
    row = atlas.neurons
    return _CARD.format(
        href=href,
        neuron=neuron,
        tiles=_tiles(atlas, neuron, 4),
        name=label(atlas, neuron),
        id=neuron_id(neuron),
        level=level_chip(int(row["level"].iat[neuron])) if len(atlas.manifest.sae.group_sizes) > 1 else "",
        ms=ms_bar(float(atlas.ms(similarity)[neuron]), similarity or atlas.similarities[0]),
        density=density(float(row["density"].iat[neuron]), atlas.manifest.dataset.images),
    )


def mini_card(atlas: Atlas, neuron: int, href: str, number: str, what: str) -> Markup:
    """A neighbour: 4 images in a row, label, MS and how close it is.

    Args:
        number: how close, written out.
        what: that number explained.
    """
    return _MINI.format(
        href=href,
        neuron=neuron,
        tiles=_tiles(atlas, neuron, 4),
        name=label(atlas, neuron),
        id=neuron_id(neuron),
        ms=ms_bar(float(atlas.ms()[neuron]), atlas.similarities[0]),
        number=number,
        what=what,
    )


def _tiles(atlas: Atlas, neuron: int, count: int) -> Markup:
    tiles = [plain_tile(atlas, top.image) for top in atlas.tops(neuron, count)]
    return Markup("").join(tiles + [_EMPTY] * (count - len(tiles)))
