"""Bands: images around the quantiles of each neuron's activations, and images drawn at random."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.models.codes import Codes
from precompute.score.hashing import MASK, mix, unmix
from precompute.score.largest import LargestKeys, Ranked, check_images, ranks

QUANTILES = {"q90": 0.9, "q50": 0.5}


@dataclass
class BandsAccumulator:
    """Keeps a uniform sample of the images that each neuron fires on, and takes the bands from it.

    The sample is the images of largest hash(image, neuron): it does not depend on the order of batches and merges, and differs
    between neurons. The hash of a neuron's images is one to one, so a key of hash above the activation's bits holds the image
    too. A quantile band is the `size` images around that quantile of the sampled activations; `random` is `size` of the sample.

    Args:
        width: number of neurons s.
        size: images per band.
        sample: images sampled per neuron; a neuron that fires on fewer is sampled whole.
    """

    width: int
    size: int = 8
    sample: int = 64
    _largest: LargestKeys = field(init=False)

    def __post_init__(self) -> None:
        self._largest = LargestKeys(self.width, self.sample)

    def update(self, codes: Codes, images_b: Int[Tensor, " b"]) -> None:
        """Add a batch; `images_b` are the rows' image numbers.

        Raises:
            ValueError: if an image number is negative or 2³² or more.
        """
        check_images(images_b)
        positive = codes.values > 0
        neurons = codes.neurons[positive]
        hashed = mix(images_b[codes.rows[positive]] ^ mix(neurons))
        bits = codes.values[positive].view(torch.int32).long()
        self._largest.update(neurons, ((hashed - 2**31) << 32) | bits)  # centred, to fit a signed key

    def merge(self, other: "BandsAccumulator") -> None:
        """Add what another accumulator has seen."""
        self._largest.merge(other._largest)

    def result(self) -> dict[str, Ranked]:
        """Return `q90`, `q50` and `random`, each the strongest first; fewer than `size` where the neuron fires on fewer."""
        neurons, keys = self._largest.result()
        images = unmix((keys >> 32) + 2**31) ^ mix(neurons)
        activations = (keys & MASK).int().view(torch.float32)
        drawn = ranks(neurons, self.width) < self.size
        by_strength = _strongest_first(neurons, images, activations, self.width)
        bands = {name: self._around(by_strength, quantile) for name, quantile in QUANTILES.items()}
        return bands | {"random": _strongest_first(neurons[drawn], images[drawn], activations[drawn], self.width)}

    def _around(self, sampled: Ranked, quantile: float) -> Ranked:
        count = torch.bincount(sampled.neurons, minlength=self.width)[sampled.neurons]
        centre = (1 - quantile) * (count - 1)
        first = (centre - (self.size - 1) / 2).round().long().clamp(min=0).minimum((count - self.size).clamp(min=0))
        kept = (sampled.ranks >= first) & (sampled.ranks < first + self.size)
        return Ranked(sampled.neurons[kept], (sampled.ranks - first)[kept], sampled.images[kept], sampled.activations[kept])


def _strongest_first(
    neurons: Int[Tensor, " n"], images: Int[Tensor, " n"], activations: Float[Tensor, " n"], width: int
) -> Ranked:
    order = torch.argsort(images, stable=True)
    order = order[torch.argsort(activations[order], descending=True, stable=True)]
    order = order[torch.argsort(neurons[order], stable=True)]
    return Ranked(neurons[order], ranks(neurons[order], width), images[order], activations[order])
