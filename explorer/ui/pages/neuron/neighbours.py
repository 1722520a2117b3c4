"""The neurons beside one: nearest in direction, and firing on the same images."""

from collections.abc import Iterable
from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.neuron import NeuronDetail
from explorer.ui.address import link
from explorer.ui.pages.neuron import words
from explorer.ui.parts.label import Label, label
from explorer.ui.parts.ms import neuron_ms
from explorer.ui.parts.numbers import neuron_id, percent, score
from explorer.ui.parts.tile import tiles
from explorer.ui.templates import render

SHOWN = 6


class Mini(NamedTuple):
    """A neighbour in small."""

    neuron: int
    href: str
    tiles: Markup
    label: Label
    id: str
    ms: Markup
    number: str  # how close it is, written out


def neighbours(atlas: Atlas, detail: NeuronDetail) -> Markup:
    """Both lists, closest first."""
    nearest = ((other.neuron, score(other.share)) for other in detail.nearest)
    cofiring = ((other.neuron, percent(other.share)) for other in detail.cofiring)
    return _list(atlas, "Nearest", nearest, "cosine {}", words.COSINE, words.NO_SIMILAR) + _list(
        atlas, "Fire together", cofiring, "{} shared", words.COFIRING, words.NO_COFIRING
    )


def _list(atlas: Atlas, title: str, neurons: Iterable[tuple[int, str]], unit: str, what: str, nothing: str) -> Markup:
    minis = [_mini(atlas, other, unit.format(number)) for other, number in list(neurons)[:SHOWN]]
    return render("pages/neuron/neighbours.html", title=title, what=what, minis=minis, nothing=nothing)


def _mini(atlas: Atlas, neuron: int, number: str) -> Mini:
    href, ms = link("neuron", atlas, id=neuron), neuron_ms(atlas, neuron)
    return Mini(neuron, href, tiles(atlas, neuron, 4), label(atlas, neuron), neuron_id(neuron), ms, number)
