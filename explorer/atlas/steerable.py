"""What an atlas says about steering, without any model: whether it can be steered with, and how far each neuron goes."""

from typing import NamedTuple

from explorer.atlas.atlas import Atlas

STEPS = 20  # of the slider, from off to the neuron's strongest activation


class AlphaRange(NamedTuple):
    """The α that a neuron is steered with, in the SAE's own unit of activation."""

    low: float  # negative: suppresses
    high: float
    step: float  # low and high are whole multiples of it, and so is 0
    strongest: float  # the largest activation on any scored image


def can_steer(atlas: Atlas) -> bool:
    """Whether its neurons are an SAE's and read where a vision-language model reads: patch tokens."""
    return atlas.manifest.sae.kind != "none" and atlas.manifest.tap.name.split(":")[1:2] in (["patches"], ["random"])


def alpha_range(atlas: Atlas, neuron: int) -> AlphaRange | None:
    """From minus a neuron's strongest activation to twice it, in steps of three digits; None for a dead neuron."""
    strongest = float(atlas.neurons["max"].iat[neuron])
    step = float(f"{strongest / STEPS:.3g}")
    return AlphaRange(-STEPS * step, 2 * STEPS * step, step, strongest) if step > 0 else None
