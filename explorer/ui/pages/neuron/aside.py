"""Beside a neuron's images: how strongly it fires, its names, and what raising it says."""

from typing import NamedTuple

from markupsafe import Markup

from explorer.atlas.atlas import Atlas
from explorer.operations.names import NeuronName
from explorer.operations.neuron import NeuronDetail
from explorer.ui.address import link
from explorer.ui.pages.neuron import words
from explorer.ui.pages.neuron.histogram import histogram
from explorer.ui.parts.label import SOMEBODY, Label, label_of
from explorer.ui.parts.numbers import activation, percent
from explorer.ui.parts.term import term
from explorer.ui.templates import render


class Named(NamedTuple):
    """A name and where it comes from."""

    label: Label
    source: str
    note: str


class Word(NamedTuple):
    """A word that raising the neuron says."""

    word: str
    width: float  # of its bar, in %
    share: str


def aside(atlas: Atlas, detail: NeuronDetail) -> Markup:
    """All three."""
    strength = Markup("") if detail.dead else histogram(detail.histogram)
    return strength + _names(atlas, detail) + _says(atlas, detail)


def _names(atlas: Atlas, detail: NeuronDetail) -> Markup:
    neuron = detail.summary.neuron
    names = [_named(atlas, neuron, name) for name in detail.names]
    return render("pages/neuron/names.html", names=names, title=term(words.NAMES, words.NAMES_WHY), words=words, atlas=atlas.name)


def _named(atlas: Atlas, neuron: int, name: NeuronName) -> Named:
    score = "" if name.score is None else f"fit {name.score:.2f}" if name.source == "images" else percent(name.score)
    source = words.SOURCES[name.source].format(by=name.by or SOMEBODY, score=score)
    return Named(label_of(atlas, neuron, name), source, name.note)


def _says(atlas: Atlas, detail: NeuronDetail) -> Markup:
    about = atlas.manifest.steering
    if about is None or not about.words or detail.alpha is None:
        return Markup("")
    tried = float(atlas.neurons["steer_alpha"].iat[detail.summary.neuron])
    told = {"model": about.model, "prompt": about.prompt, "pictures": about.pictures, "where": words.PLACES[about.where]}
    why = words.SAYS_WHY.format(alpha=activation(tried), **told)
    said = [Word(said.word, 100 * min(max(said.share, 0), 1), percent(said.share)) for said in detail.says]
    steer = link("steer", atlas, id=detail.summary.neuron)
    return render("pages/neuron/says.html", said=said, title=term(words.SAYS, why), steer=steer, words=words)
