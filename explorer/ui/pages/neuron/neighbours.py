"""The neurons beside one: nearest in direction, and firing on the same images."""

from collections.abc import Iterable

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.ui.address import link
from explorer.ui.pages.neuron import words
from explorer.ui.parts.label import label
from explorer.ui.parts.ms import ms_bar
from explorer.ui.parts.numbers import neuron_id, percent, score
from explorer.ui.parts.tile import tiles

SHOWN = 6
_MINI = Markup(
    '<a class="mini" href="{href}" data-view data-neuron="{neuron}"><span class="strip">{tiles}</span>'
    '<span class="mini-text"><span class="mini-name{name.css}">{name.name}</span>'
    '<span class="card-line"><span class="id">{id}</span>{ms}'
    '<span class="number" title="{what}">{number}</span></span></span></a>'
)


def neighbours(atlas: Atlas, neuron: int) -> Markup:
    """Both lists, closest first."""
    row = atlas.neuron(neuron)
    nearest = zip(row["nearest"], map(score, row["nearest_cosine"]), strict=True)
    cofiring = zip(row["cofiring"], map(percent, row["cofiring_share"]), strict=True)
    return _list(atlas, "Nearest", nearest, "cosine {}", words.COSINE, words.NO_SIMILAR) + _list(
        atlas, "Fire together", cofiring, "{} shared", words.COFIRING, words.NO_COFIRING
    )


def _list(atlas: Atlas, title: str, neurons: Iterable[tuple[int, str]], unit: str, what: str, none: str) -> Markup:
    minis = [
        _mini_card(atlas, int(other), link("neuron", atlas, id=int(other)), unit.format(number), what)
        for other, number in list(neurons)[:SHOWN]
    ]
    body = Markup("").join(minis) if minis else Markup('<p class="quiet-text">{}</p>').format(none)
    return Markup('<section class="near"><h2 title="{}">{}</h2>{}</section>').format(what, title, body)


def _mini_card(atlas: Atlas, neuron: int, href: str, number: str, what: str) -> Markup:
    """A neighbour: 4 images in a row, label, MS and how close it is.

    Args:
        number: how close, written out.
        what: that number explained.
    """
    return _MINI.format(
        href=href,
        neuron=neuron,
        tiles=tiles(atlas, neuron, 4),
        name=label(atlas, neuron),
        id=neuron_id(neuron),
        ms=ms_bar(float(atlas.ms()[neuron]), atlas.similarities[0]),
        number=number,
        what=what,
    )
