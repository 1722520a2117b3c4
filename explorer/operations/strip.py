"""Strip: one neuron at several values, side by side: what the model says at each, generated together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.images import NamedImage
from explorer.operations.results import Result
from explorer.operations.steer import Steering, sampling_of, spec_of

MOST = 16  # values at once


@dataclass(frozen=True)
class StripAnswer(Result):
    """The answer at one value."""

    alpha: float
    answer: str
    """As far as it has come."""


def strip(
    pool: ModelPool, atlas: Atlas, vlm: str, image: NamedImage, steering: Steering, alphas: Sequence[float]
) -> Iterator[tuple[StripAnswer, ...]]:
    """The answers with the neuron at each of `alphas`, in their order, and all else as `steering` says: after every token, all.

    Raises:
        UserError: as `steer`; or if there are too many values, or none.
    """
    if not 1 <= len(alphas) <= MOST:
        raise VisitorError(f"asked for {len(alphas)} values at once: give 1 to {MOST}")
    each = [replace(steering, alpha=alpha).check() for alpha in alphas]
    for texts in pool.steers(atlas, vlm, _texts(pool, atlas, vlm, image, each)):
        yield tuple(StripAnswer(alpha, text) for alpha, text in zip(alphas, texts, strict=True))


def _texts(pool: ModelPool, atlas: Atlas, vlm: str, image: NamedImage, each: Sequence[Steering]) -> Iterator[list[str]]:
    """The answers to several steerings that differ in α alone, as far as they have come."""
    from explorer.models.steering.steerer import Asked

    steerer = pool.steerer(atlas, vlm)
    asked = [Asked(image.key, image.load, spec_of(one, steerer)) for one in each]
    for _ in pool.turns.each(steerer.read_concept(spec_of(each[0], steerer))):
        yield [""] * len(each)  # who has left is noticed here
    yield from pool.turns.each(steerer.together(asked, each[0].prompt, sampling_of(each[0])))
