"""The name of a neuron: the word it steers to, the word that fits its images, or the label of its images."""

from dataclasses import dataclass
from typing import Literal

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import FITS, STEERS
from explorer.operations.results import Result

MOST = 0.5  # share of its strongest images that must carry a label for it to stand as a name

Source = Literal["steering", "images", "label", "mixed label", "none"]


@dataclass(frozen=True)
class NeuronName(Result):
    """A name and where it comes from."""

    name: str
    """"" where there is none."""
    source: Source
    """steering: a word that the neuron brings into answers; images: a word of a vocabulary that fits its images; label: of at
    least half of its strongest images; mixed label: of fewer of them, so no name."""
    score: float | None
    """Share of answers for steering; for images, the fit: 0 as the average image, 1 as an image's own best word; share of the
    strongest images for labels."""


def neuron_name(atlas: Atlas, neuron: int) -> NeuronName:
    """The name of a neuron."""
    row = atlas.neurons
    steerability, fit = float(row["steerability"].iat[neuron]), float(row["name_score"].iat[neuron])
    if steerability >= STEERS:
        return NeuronName(str(row["steers"].iat[neuron]), "steering", steerability)
    if atlas.manifest.names and atlas.manifest.names.calibrated and fit >= FITS:
        return NeuronName(str(row["name"].iat[neuron]), "images", fit)
    label, share = str(row["label"].iat[neuron]), float(row["label_share"].iat[neuron])
    if not label:
        return NeuronName("", "none", None)
    return NeuronName(label, "label" if share >= MOST else "mixed label", share)
