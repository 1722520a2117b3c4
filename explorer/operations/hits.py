"""Hits: neurons that a search finds, each with its reason, and several lists of them as one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from explorer.atlas.atlas import Atlas
from explorer.errors import VisitorError
from explorer.operations.browse import NeuronSummary, summarize
from explorer.operations.results import Result

FOUND = 24  # neurons given unless told
MOST = 200

Why = Literal["name", "meaning", "fires", "direction", "images"]


@dataclass(frozen=True)
class Hit(Result):
    """A neuron that was found."""

    summary: NeuronSummary
    why: Why
    """name: its name says the words. meaning: its images are near the words, or the image. fires: it fires on the image.
    direction, images: its decoder direction, or its images by the first E, are near the neuron's."""
    score: float
    """name: how sure the name is, 0 to 1. fires: the activation. direction, images: the cosine. meaning: the cosine of the words,
    or the image, and the mean of its images, each less what all have in common, and lowered for neurons of few images."""


@dataclass(frozen=True)
class Found(Result):
    """What a search found: the best of each reason together, no neuron twice."""

    hits: tuple[Hit, ...]
    by_meaning: bool
    """Whether images were compared. False where the atlas has no meanings, or its text tower knows no word of the text."""
    unknown_words: tuple[str, ...] = ()
    """Words that the text tower has no token for: they count in names alone."""


class Candidate(NamedTuple):
    """A neuron that may be among the hits."""

    neuron: int
    why: Why
    score: float


def best_of(atlas: Atlas, groups: Sequence[Sequence[Candidate]], limit: int) -> tuple[Hit, ...]:
    """The first of each group, an equal share of `limit` each; the last group takes what the others leave."""
    share, chosen = -(-limit // max(1, len(groups))), dict[int, Candidate]()
    for place, group in enumerate(groups, start=1):
        room = limit - len(chosen) if place == len(groups) else share
        chosen |= {one.neuron: one for one in [one for one in group if one.neuron not in chosen][:room]}
    return tuple(Hit(summarize(atlas, one.neuron), one.why, one.score) for one in chosen.values())


def check_limit(limit: int) -> None:
    """Refuse a number of neurons that is out of range.

    Raises:
        VisitorError: saying the range.
    """
    if not 1 <= limit <= MOST:
        raise VisitorError(f"asked for {limit} neurons: choose a number from 1 to {MOST}")
