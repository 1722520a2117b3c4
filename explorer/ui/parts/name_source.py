"""Where a neuron's name comes from, in a word or two beside the name: what is uncertain never looks certain."""

from markupsafe import Markup

from explorer.operations.names import NeuronName
from explorer.ui.parts.label import Label
from explorer.ui.parts.numbers import percent

_FROM = {"curator": "by {by}", "steering": "steers {share}", "images": "fit {score}", "label": "label of {share}"}
_FEW = "label of {images}"


def name_source(named: NeuronName, images: int, least: int) -> Markup:
    """A short tag; nothing where the neuron has no name.

    Args:
        images: that the neuron fires on.
        least: images that make a neuron one that is ranked; a label of fewer is a label of those few alone.
    """
    if named.source == "label" and images < least:
        return _tag("few", _FEW.format(images=f"{images} image{'' if images == 1 else 's'}"))
    shown = _FROM.get(named.source)
    score = named.score or 0.0
    by = named.by or "a person"
    return _tag(named.source, shown.format(share=percent(score), score=f"{score:.2f}", by=by)) if shown else Markup("")


def faded(shown: Label, named: NeuronName, images: int, least: int) -> Label:
    """The name, shown faintly where it is the label of a few images."""
    return shown._replace(css=" unsure") if named.source == "label" and images < least else shown


def _tag(source: str, shown: str) -> Markup:
    return Markup('<span class="source" data-source="{}">{}</span>').format(source, shown)
