"""Neuron: everything that an atlas knows of one neuron."""

from dataclasses import dataclass

import numpy as np

from explorer.atlas.atlas import Atlas
from explorer.atlas.steerable import AlphaRange, alpha_range, can_steer
from explorer.errors import VisitorError
from explorer.operations.browse import NeuronSummary, summarize
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
class Neighbour(Result):
    """A neuron beside another."""

    neuron: int
    share: float
    """Cosine of the decoder directions, or the share of images that both fire on."""


@dataclass(frozen=True)
class NeuronDetail(Result):
    """Everything about one neuron."""

    summary: NeuronSummary
    percentile: dict[str, float]
    """Share of the ranked neurons, in %, whose MS is at most this one's, by similarity encoder; NaN where it is not itself.
    Ranked are those that fire on enough images, see `explorer.atlas.ranking`."""
    histogram: np.ndarray
    """Images per half octave of activation, the first bin from 2⁻¹⁶."""
    bands: tuple[str, ...]
    """Bands of activation that it has images in, the first one shown first."""
    nearest: tuple[Neighbour, ...]
    """By cosine of the decoder directions."""
    cofiring: tuple[Neighbour, ...]
    """By the share of images that both fire on."""
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
        {similarity: atlas.percentile(number, similarity) for similarity in atlas.similarities},
        np.asarray(row["histogram"]),
        tuple(atlas.bands(number)),
        _neighbours(row["nearest"], row["nearest_cosine"]),
        _neighbours(row["cofiring"], row["cofiring_share"]),
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


def _neighbours(neurons: object, shares: object) -> tuple[Neighbour, ...]:
    numbers, values = np.asarray(neurons).tolist(), np.asarray(shares, np.float64).tolist()
    return tuple(Neighbour(int(number), value) for number, value in zip(numbers, values, strict=True))
