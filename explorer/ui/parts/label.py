"""What a neuron is called, until somebody names it: the word it steers to, the one that fits its images, or their label."""

from typing import NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import FITS, STEERS
from explorer.ui import text
from explorer.ui.parts.numbers import percent

MOST = 0.5  # share of its strongest images that must carry a label for it to stand as a name


class Label(NamedTuple):
    """How to call a neuron."""

    name: str
    css: str  # " unnamed" where the name is only a description
    why: str  # in words, for a pointer that rests on it


def label(atlas: Atlas, neuron: int) -> Label:
    """The name, or what to say in its place."""
    row = atlas.neurons
    if row["steerability"].iat[neuron] >= STEERS:
        word = str(row["steers"].iat[neuron])
        return Label(word, "", text.STEERS.format(word=word, share=percent(float(row["steerability"].iat[neuron]))))
    info, score = atlas.manifest.names, float(row["name_score"].iat[neuron])
    if info and score >= FITS:
        name = str(row["name"].iat[neuron])
        return Label(name, "", text.NAMED.format(name=name, words=f"{info.words:,}", model=info.model, score=f"{score:.1f}"))
    found, share = str(row["label"].iat[neuron]), float(row["label_share"].iat[neuron])
    if not found:
        return Label("no label" if row["max"].iat[neuron] > 0 else "dead", " unnamed", "")
    why = text.LABEL.format(share=percent(share), label=found)
    return Label(found, "", why) if share >= MOST else Label(f"mixed, {percent(share)} {found}", " unnamed", why)
