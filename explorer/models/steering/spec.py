"""What steering does, as data."""

from dataclasses import dataclass
from typing import Literal

from explorer.atlas.manifest import Where

Mode = Literal["clamp", "add", "scale"]
Along = Literal["neuron", "diff-mean", "random", "original"]


@dataclass(frozen=True)
class SteeringSpec:
    """What to do to the vectors that the language model is shown."""

    neuron: int
    alpha: float
    """What `mode` sets the neuron's activation z to, in the SAE's own unit; a factor where it scales."""
    keep_error: bool = False
    """Add back what the SAE does not reproduce, so that only these neurons change; the paper drops it."""
    mode: Mode = "clamp"
    """clamp: z ← α, as in the paper; add: z ← z + α; scale: z ← α z."""
    also: tuple[tuple[int, float], ...] = ()
    """More neurons, each with its own α; the mode is the same for all."""
    patches: tuple[int, ...] | None = None
    """The patches that are changed, by number; those of `where` if None. The others are reconstructed, or as they are with
    `keep_error`. Where a model sees an image in several tiles, these are patches of the whole image, and those of tiles that show
    the same."""
    along: Along = "neuron"
    """A control: the vectors move as far as the neurons would move them, but in another direction, and no SAE is in between."""
    where: Where = "all"
    """A region by name, of what the model sees."""

    @property
    def settings(self) -> tuple[tuple[int, float], ...]:
        """Every neuron with its α."""
        return ((self.neuron, self.alpha), *self.also)


@dataclass(frozen=True)
class OwnConcept:
    """A concept of somebody's own, not a neuron: the vectors move along the way between two means (DiffMean, PAPER.md §5)."""

    images: tuple[str, ...]
    """Content hashes of images of the atlas that show it."""
    alpha: float
    """1 moves a vector as far as it is from the mean of other images to the mean of these."""
    patches: tuple[int, ...] | None = None
    """As a `SteeringSpec`'s."""
    where: Where = "all"


Spec = SteeringSpec | OwnConcept
