"""The names of a neuron: a person's, the word it steers to, the word that fits its images, the label of its images."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import FITS, STEERS
from explorer.operations.results import Result

MOST = 0.5  # share of its strongest images that must carry a label for it to stand as a name

Source = Literal["curator", "steering", "images", "label", "mixed label", "none"]


@dataclass(frozen=True)
class NeuronName(Result):
    """A name and where it comes from."""

    name: str
    """"" where there is none."""
    source: Source
    """curator: a person's, from the file `names.csv` of the atlas; steering: a word that the neuron brings into answers; images:
    a word of a vocabulary that fits its images; label: of at least half of its strongest images; mixed label: of fewer of them,
    so no name."""
    score: float | None
    """Share of answers for steering; for images, the fit: 0 as the average image, 1 as an image's own best word; share of the
    strongest images for labels; None for a curator's."""
    by: str = ""
    """Who gave it, where a curator did and signed."""
    note: str = ""
    """What the curator adds."""


_NONE = NeuronName("", "none", None)


def neuron_name(atlas: Atlas, neuron: int) -> NeuronName:
    """The name that a neuron goes by: the first of its names."""
    return next(_names(atlas, neuron), _NONE)


def neuron_names(atlas: Atlas, neuron: int) -> tuple[NeuronName, ...]:
    """All names of a neuron, the one it goes by first; one without a name where it has none."""
    return tuple(_names(atlas, neuron)) or (_NONE,)


def _names(atlas: Atlas, neuron: int) -> Iterator[NeuronName]:
    return (name for find in (_curators, _steering, _images, _label) if (name := find(atlas, neuron)))


def _curators(atlas: Atlas, neuron: int) -> NeuronName | None:
    given = atlas.curated.get(neuron)
    return NeuronName(given.name, "curator", None, given.by, given.note) if given else None


def _steering(atlas: Atlas, neuron: int) -> NeuronName | None:
    share = float(atlas.value("steerability", neuron))
    return NeuronName(str(atlas.value("steers", neuron)), "steering", share) if share >= STEERS else None


def _images(atlas: Atlas, neuron: int) -> NeuronName | None:
    fit = float(atlas.value("name_score", neuron))
    if not (atlas.manifest.names and atlas.manifest.names.calibrated and fit >= FITS):
        return None
    return NeuronName(str(atlas.value("name", neuron)), "images", fit)


def _label(atlas: Atlas, neuron: int) -> NeuronName | None:
    label, share = str(atlas.value("label", neuron)), float(atlas.value("label_share", neuron))
    return NeuronName(label, "label" if share >= MOST else "mixed label", share) if label else None
