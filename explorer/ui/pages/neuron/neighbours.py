"""The neurons beside one: nearest in direction, nearest by images, and firing on the same images."""

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.neighbours import Neighbour
from explorer.operations.neuron import NeuronDetail
from explorer.ui.address import link
from explorer.ui.pages.neuron import words
from explorer.ui.pages.neuron.portrait import SAME_WHY
from explorer.ui.parts.label import Label, label
from explorer.ui.parts.ms import neuron_ms
from explorer.ui.parts.numbers import neuron_id, percent, score
from explorer.ui.parts.term import term
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
    number: str  # how near it is, written out
    same: bool  # whether it is a near-duplicate


class Kind(NamedTuple):
    """One way of being near."""

    title: Markup
    what: str  # its number means
    nothing: str  # to say where no neuron is near
    minis: list[Mini]


def neighbours(atlas: Atlas, detail: NeuronDetail) -> Markup:
    """The three lists, nearest first."""
    found, images = detail.neighbours, words.IMAGES_COSINE.format(similarity=atlas.similarities[0])
    same = {duplicate.neuron for duplicate in found.duplicates}

    def minis(others: Sequence[Neighbour], cosines: bool = True) -> list[Mini]:
        return [_mini(atlas, other, cosines, other.neuron in same) for other in others[:SHOWN]]

    kinds = (
        Kind(term(words.NEAREST, words.COSINE), words.COSINE, words.NO_SIMILAR, minis(found.nearest)),
        Kind(term(words.BY_IMAGES, images), images, words.NO_BY_IMAGES, minis(found.nearest_by_images)),
        Kind(term(words.COFIRES, words.COFIRING), words.COFIRING, words.NO_COFIRING, minis(found.cofiring, cosines=False)),
    )
    return render("pages/neuron/neighbours.html", kinds=kinds, words=words, same_why=SAME_WHY)


def _mini(atlas: Atlas, other: Neighbour, cosine: bool, same: bool) -> Mini:
    neuron, href = other.neuron, link("neuron", atlas, id=other.neuron)
    number = f"cosine {score(other.share)}" if cosine else f"{percent(other.share)} shared"
    shown = tiles(atlas, neuron, 4, href)
    return Mini(neuron, href, shown, label(atlas, neuron), neuron_id(neuron), neuron_ms(atlas, neuron), number, same)
