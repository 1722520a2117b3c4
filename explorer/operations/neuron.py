"""Neuron: everything that an atlas knows of one neuron."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import AlphaRange, alpha_range, can_steer
from explorer.errors import VisitorError
from explorer.operations.browse import NeuronSummary, summarize
from explorer.operations.names import NeuronName, neuron_names
from explorer.operations.neighbours import Neighbours, neighbours
from explorer.operations.results import Result

IMAGES = 16  # of a band, as the paper shows them


@dataclass(frozen=True)
class NeuronImage(Result):
    """An image that a neuron fires on."""

    image: str
    """Content hash of the original file."""
    key: str
    """Where it was in the image set."""
    label: str
    activation: float
    rank: int
    """Place among all images of the neuron, 0 = strongest."""
    patches: np.ndarray | None
    """Activation per patch, (rows, columns); None where the tap has no patches."""


@dataclass(frozen=True)
class Rank(Result):
    """A neuron's place by MS among those that are ranked, see `explorer.atlas.ranking`."""

    place: int
    """1 = the highest MS; of equal ones all have the first place among them."""
    among: int
    """Neurons that are ranked."""
    percentile: float
    """Share of them, in %, whose MS is at most this one's."""


@dataclass(frozen=True)
class Said(Result):
    """A word that comes into a vision-language model's answers when a neuron is raised."""

    word: str
    share: float
    """Of the pictures tried, on which it comes."""


@dataclass(frozen=True)
class NeuronDetail(Result):
    """Everything about one neuron."""

    summary: NeuronSummary
    fires_on: int
    """Of the scored images, those that it fires on: what its MS is from."""
    names: tuple[NeuronName, ...]
    """All its names, the one it goes by first."""
    rank: dict[str, Rank | None]
    """By similarity encoder; None where it fires on too few images to be ranked."""
    histogram: np.ndarray
    """Images per half octave of activation, the first bin from 2⁻¹⁶."""
    bands: tuple[str, ...]
    """Bands of activation that it has images in, the first one shown first."""
    neighbours: Neighbours
    says: tuple[Said, ...]
    """What raising it says, oftenest first; none where nobody has tried."""
    alpha: AlphaRange | None
    """The range to steer it in; None where it cannot be steered."""

    @property
    def dead(self) -> bool:
        """Whether it fired on no image."""
        return not self.histogram.any()


def neuron(atlas: Atlas, number: int) -> NeuronDetail:
    """Everything about one neuron.

    Raises:
        VisitorError: if there is no such neuron.
    """
    row = atlas.neuron(number)
    return NeuronDetail(
        summarize(atlas, number),
        int(atlas.fires_on()[number]),
        neuron_names(atlas, number),
        {similarity: _rank(atlas, number, similarity) for similarity in atlas.similarities},
        np.asarray(row["histogram"]),
        tuple(atlas.bands(number)),
        neighbours(atlas, number),
        _says(row),
        alpha_range(atlas, number) if can_steer(atlas) else None,
    )


def top_images(atlas: Atlas, number: int, band: str | None = None, count: int = IMAGES) -> list[NeuronImage]:
    """The images of one band of a neuron, strongest first; none for a dead one.

    Args:
        band: one of the neuron's bands; the first if None.

    Raises:
        VisitorError: if there is no such neuron or band.
    """
    atlas.neuron(number)
    bands = atlas.bands(number)
    if band is not None and band not in bands:
        raise VisitorError(f"neuron {number} has no band of that name: choose one of {', '.join(bands) or 'none, it is dead'}")
    if not bands:
        return []
    band = band or bands[0]
    tops, patches = atlas.top_images(number, count, band), atlas.patches(number, band)
    maps = patches or [None] * len(tops)
    about = [atlas.images.about(top.image) for top in tops]
    return [
        NeuronImage(top.image, image.key, image.label, top.activation, top.rank, patch)
        for top, image, patch in zip(tops, about, maps, strict=False)
    ]


def _rank(atlas: Atlas, number: int, similarity: str) -> Rank | None:
    ms = atlas.ranked_ms(similarity)
    if np.isnan(ms[number]):
        return None
    return Rank(1 + int((ms > ms[number]).sum()), int((~np.isnan(ms)).sum()), atlas.percentile(number, similarity))


def _says(row: pd.Series) -> tuple[Said, ...]:
    if "says" not in row:
        return ()
    return tuple(
        Said(word, share) for word, share in zip(str(row["says"]).split(), np.asarray(row["says_share"]).tolist(), strict=True)
    )
