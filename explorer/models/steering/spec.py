"""What steering does, as data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SteeringSpec:
    """What to do to the vectors that the language model is shown."""

    neuron: int
    alpha: float
    """The neuron's activation on every token, in the SAE's own unit; 0 switches it off, a negative one suppresses."""
    keep_error: bool = False
    """Add back what the SAE does not reproduce, so that only this neuron changes; the paper drops it."""
