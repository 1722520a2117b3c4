"""What a neuron is called: by a person, by the word it steers to, by what fits its images, or by their label.

A visitor's own name is put in its place by assets/js, which alone knows it.
"""

from typing import NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.operations.names import NeuronName, neuron_name
from explorer.ui import text
from explorer.ui.parts.numbers import percent

SURE = 0.75  # fit of a name, or share of answers that a neuron steers, below which its name is shown faintly
SOMEBODY = "somebody who did not sign"


class Label(NamedTuple):
    """How to call a neuron."""

    name: str
    css: str  # " unsure" where the name is shown faintly; " unnamed" where it is only a description
    why: str  # in words, for a pointer that rests on it
    of: str  # the neuron, ATLAS:NUMBER, as a visitor's own names know it


def label(atlas: Atlas, neuron: int) -> Label:
    """The name it goes by, or what to say in its place."""
    return label_of(atlas, neuron, neuron_name(atlas, neuron))


def label_of(atlas: Atlas, neuron: int, named: NeuronName) -> Label:
    """One of its names."""
    name, score, of = named.name, named.score or 0.0, f"{atlas.name}:{neuron}"
    if named.source == "none":
        return Label("no label" if atlas.value("max", neuron) > 0 else "dead", " unnamed", "", of)
    if named.source == "mixed label":
        return Label(f"mixed, {percent(score)} {name}", " unnamed", _why(atlas, named), of)
    unsure = named.source in ("steering", "images") and score < SURE
    return Label(name, " unsure" if unsure else "", _why(atlas, named), of)


def _why(atlas: Atlas, named: NeuronName) -> str:
    name, score, info = named.name, named.score or 0.0, atlas.manifest.names
    if named.source == "curator":
        return " ".join(filter(None, [text.CURATED.format(name=name, by=named.by or SOMEBODY), named.note]))
    if named.source == "steering":
        return text.STEERS.format(word=name, share=percent(score))
    if named.source == "images" and info:
        return text.NAMED.format(name=name, words=f"{info.words:,}", model=info.model, score=f"{score:.2f}")
    return text.LABEL.format(share=percent(score), label=name)
