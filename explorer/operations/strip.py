"""Strip: one neuron at several values, side by side: what the model says at each, generated together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.model_pool import ModelPool
from explorer.operations.answers import Question, answers
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
    questions = [Question(image, spec_of(one)) for one in each]
    for texts in answers(pool, atlas, vlm, questions, steering.prompt, sampling_of(steering)):
        yield tuple(StripAnswer(alpha, text) for alpha, text in zip(alphas, texts, strict=True))
