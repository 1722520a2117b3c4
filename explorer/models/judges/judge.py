"""What is asked of every judge of steered answers: the paper's two criteria (PAPER.md §5), for insertion and for suppression."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Answer(NamedTuple):
    """An answer to judge."""

    image: str
    """Its content hash, or `white`."""
    prompt: str
    text: str
    unsteered: str
    """What the model says to the same without steering."""


class Judged(NamedTuple):
    """What a judge finds in one answer by itself."""

    says: bool
    """Whether the concept appears in it."""
    followed: bool | None
    """Whether it does what its prompt asks for; None where the judge cannot tell."""
    nearer: float | None
    """How sure: the share of the other neurons whose images it is farther from than from this one's; None where it is certain."""


class AnswerJudge(Protocol):
    """Judges answers one by one, each without any other, for who has just asked."""

    name: str
    """For people: what judges."""

    def concept(self, neuron: int) -> str:
        """What the neuron is about, as this judge takes it; "" where that is not known, so that nothing can be judged."""
        ...

    def judged(self, neuron: int, answers: Sequence[Answer]) -> list[Judged]:
        """A verdict on each answer."""
        ...


class Judge(Protocol):
    """Judges the answers about one neuron at a time: each method gives one verdict an answer, in their order."""

    name: str
    """For people: what judges."""

    def concept(self, neuron: int) -> str:
        """What the neuron is about, as this judge takes it; "" where that is not known, so that nothing can be judged."""
        ...

    def says(self, neuron: int, answers: Sequence[Answer]) -> list[bool]:
        """Whether the concept appears in each text."""
        ...

    def followed(self, answers: Sequence[Answer]) -> list[bool]:
        """Whether each text does what its prompt asks for."""
        ...

    def kept(self, answers: Sequence[Answer]) -> list[bool]:
        """Whether each text describes its image as rightly as the unsteered one does."""
        ...
