"""Verdicts on steered answers: whether the neuron's concept is there, whether the prompt is still followed, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.atlas.atlas import Atlas
from explorer.model_pool import ModelPool
from explorer.operations.results import Result


@dataclass(frozen=True)
class Verdict(Result):
    """What a judge finds in one answer."""

    answer: str
    """The field of the answers that it is about."""
    judge: str
    """exact: a grammar that reads any answer, so that it is certain; similarity: a text tower."""
    concept: str
    """What the neuron is about, as the judge takes it, from its images: `kind:boat`."""
    says: bool
    """Whether the answer has that concept."""
    followed: bool | None
    """Whether the answer does what its prompt asks for; None: the judge cannot tell."""
    nearer: float | None
    """By similarity: the share of the other neurons whose images the answer is farther from than from this one's; it has the
    concept from .95 on. None where the judge is exact."""


def verdicts(
    pool: ModelPool, atlas: Atlas, neuron: int, prompt: str, texts: Mapping[str, str | None], unsteered: str | None
) -> tuple[Verdict, ...]:
    """A verdict on each text that is there, by the atlas's judge; none where it has no judge.

    Args:
        texts: answers to the prompt, by field.
    """
    from explorer.models.judges.judge import Answer

    said = {field: text for field, text in texts.items() if text is not None}
    judge = pool.judge(atlas)
    if judge is None or not said or not (concept := judge.concept(neuron)):
        return ()
    with pool.turns.turn():
        found = judge.judged(neuron, [Answer("", prompt, text, unsteered or "") for text in said.values()])
    return tuple(Verdict(field, judge.name, concept, *one) for field, one in zip(said, found, strict=True))
