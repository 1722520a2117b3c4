"""What an atlas says about steering, without any model: whether it can be steered with, and how far each neuron goes."""

from math import ceil, isnan
from typing import NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.atlas.manifest import Where

STEPS = 20  # of the slider, from off to the neuron's strongest activation


class AlphaRange(NamedTuple):
    """The α that a neuron is steered with, in the SAE's own unit of activation."""

    low: float  # negative: suppresses
    high: float
    step: float  # low and high are whole multiples of it, and so is 0
    strongest: float  # the largest activation on any scored image
    reads_well: float | None  # the strongest that brings the neuron's word into answers that still read well; None: not known


def can_steer(atlas: Atlas) -> bool:
    """Whether its neurons are an SAE's and read where a vision-language model reads, patch tokens; and whether visitors may."""
    return atlas.entry.steering and atlas.manifest.sae.kind != "none" and _reads_patches(atlas)


def _reads_patches(atlas: Atlas) -> bool:
    return atlas.manifest.tap.name.split(":")[1:2] in (["patches"], ["random"])


def usual_where(atlas: Atlas) -> Where:
    """The patches that its neurons were raised on when it was described; all if nobody did."""
    return atlas.manifest.steering.where if atlas.manifest.steering else "all"


def alpha_range(atlas: Atlas, neuron: int) -> AlphaRange | None:
    """From minus a neuron's strongest activation to twice it, or to where it was found to steer, if that is more.

    In steps of three digits; None for a dead neuron.
    """
    strongest, tried = (float(atlas.neurons[column].iat[neuron]) for column in ("max", "steer_alpha"))
    step = float(f"{strongest / STEPS:.3g}")
    if not step > 0:
        return None
    up = 2 * STEPS if isnan(tried) else max(2 * STEPS, ceil(round(tried / step, 6)))
    steering = atlas.manifest.steering  # described by an earlier version, `steer_alpha` is any strength that it was tried at
    reads_well = None if isnan(tried) or not (steering and steering.words) else tried
    return AlphaRange(-STEPS * step, up * step, step, strongest, reads_well)
