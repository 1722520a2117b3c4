"""The images that each neuron fires on most strongly."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.models.codes import Codes
from precompute.score.largest import IMAGES, LargestKeys, Ranked, check_images, ranks


@dataclass
class TopImagesAccumulator:
    """Keeps the k largest positive activations of every neuron; of equal ones the image of the lower number is first.

    A key is the activation's bits, which order positive floats, above the complement of the image's number: the k largest keys
    are the top images, ties and all, whatever the order of batches and merges.

    Args:
        width: number of neurons s.
        k: images per neuron.
    """

    width: int
    k: int = 16
    _largest: LargestKeys = field(init=False)

    def __post_init__(self) -> None:
        self._largest = LargestKeys(self.width, self.k)

    def update(self, codes: Codes, images_b: Int[Tensor, " b"]) -> None:
        """Add a batch; `images_b` are the rows' image numbers.

        Raises:
            ValueError: if an image number is negative or 2³² or more.
        """
        check_images(images_b)
        positive = codes.values > 0
        bits = codes.values[positive].view(torch.int32).long()
        keys = (bits << 32) | (IMAGES - 1 - images_b[codes.rows[positive]])
        self._largest.update(codes.neurons[positive], keys)

    def merge(self, other: "TopImagesAccumulator") -> None:
        """Add what another accumulator has seen."""
        self._largest.merge(other._largest)

    def result(self) -> Ranked:
        """Return the top images so far, the strongest first."""
        neurons, keys = self._largest.result()
        activations = (keys >> 32).int().view(torch.float32)
        return Ranked(neurons, ranks(neurons, self.width), IMAGES - 1 - (keys & (IMAGES - 1)), activations)
