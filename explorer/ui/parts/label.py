"""What a neuron is called, until somebody names it: the word it steers to, the one that fits its images, or their label."""

from typing import NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.operations.names import neuron_name
from explorer.ui import text
from explorer.ui.parts.numbers import percent

SURE = 0.75  # fit of a name, or share of answers that a neuron steers, below which its name is shown faintly


class Label(NamedTuple):
    """How to call a neuron."""

    name: str
    css: str  # " unsure" where the name is shown faintly; " unnamed" where it is only a description
    why: str  # in words, for a pointer that rests on it


def label(atlas: Atlas, neuron: int) -> Label:
    """The name, or what to say in its place."""
    named = neuron_name(atlas, neuron)
    name, source, score = named.name, named.source, named.score or 0.0
    if source == "steering":
        return Label(name, _sureness(score), text.STEERS.format(word=name, share=percent(score)))
    info = atlas.manifest.names
    if source == "images" and info:
        why = text.NAMED.format(name=name, words=f"{info.words:,}", model=info.model, score=f"{score:.2f}")
        return Label(name, _sureness(score), why)
    if source == "none":
        return Label("no label" if atlas.neurons["max"].iat[neuron] > 0 else "dead", " unnamed", "")
    why = text.LABEL.format(share=percent(score), label=name)
    return Label(name, "", why) if source == "label" else Label(f"mixed, {percent(score)} {name}", " unnamed", why)


def _sureness(score: float) -> str:
    return "" if score >= SURE else " unsure"
