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
