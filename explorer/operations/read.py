"""Read: an image → the neurons that activate for it, strongest first, and where."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.results import Result

NEURONS = 24  # given unless told


@dataclass(frozen=True)
class ReadNeuron(Result):
    """A neuron that activates for an image."""

    neuron: int
    activation: float
    """Pooled over the tokens as the atlas pools them."""
    patches: np.ndarray | None
    """Activation per patch, (rows, columns); None where the tap has no patches."""


@dataclass(frozen=True)
class Reading(Result):
    """What an atlas's encoder and SAE make of an image."""

    neurons: tuple[ReadNeuron, ...]
    """Strongest first; none with activation 0."""
    crop: float | None
    """Side of the centred square that the encoder saw, as a share of the shorter side; None: the whole image, squeezed."""


def read(pool: ModelPool, atlas: Atlas, image: Image.Image, limit: int = NEURONS) -> Reading:
    """Read an upright RGB image.

    Args:
        limit: neurons at most.

    Raises:
        UserError: if the atlas has no encoder, or it cannot be loaded.
    """
    if not 1 <= limit <= len(atlas):
        raise VisitorError(f"asked for {limit} neurons of {len(atlas):,}: choose a number from 1 to {len(atlas):,}")
    reader = pool.neuron_reader(atlas)
    with pool.turns.turn():
        neurons = reader.read(image, limit)
    return Reading(tuple(ReadNeuron(*activation) for activation in neurons), reader.crop)
