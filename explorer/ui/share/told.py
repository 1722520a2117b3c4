"""A neuron in few words, for those who see no more of it."""

import math
from typing import NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.operations.browse import summarize
from explorer.ui import text
from explorer.ui.parts.label import Label, label
from explorer.ui.parts.numbers import neuron_id, percent, score


class Told(NamedTuple):
    """What is told of a neuron."""

    id: str
    label: Label
    ms: str  # by the first similarity encoder; "" of a dead neuron
    fires: str


def noted(atlas: Atlas) -> str:
    """What stands in place of an atlas's images where they have a note; "" where they have none."""
    note = atlas.entry.content_note
    return text.NOTE_HIDES.format(note=note) if note else ""


def told(atlas: Atlas, neuron: int) -> Told:
    """Number, name, MS and density.

    Raises:
        VisitorError: if there is no such neuron.
    """
    summary, similarity = summarize(atlas, neuron), atlas.similarities[0]
    ms = summary.ms[similarity]
    fires = f"fires on {percent(summary.density)} of {atlas.manifest.dataset.images:,} images"
    measured = "" if math.isnan(ms) else f"MS {score(ms)} by {similarity}"
    return Told(neuron_id(neuron), label(atlas, neuron), measured, fires)
