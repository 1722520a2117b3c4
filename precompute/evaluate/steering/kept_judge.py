"""A judge whose verdicts cost something: each is asked for once and kept in a file."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from explorer.models.judges.judge import Answer, Judge
from precompute.kept_answers import KeptAnswers

AT_ONCE = 64  # verdicts asked for before they are written down


class Asked(NamedTuple):
    """A question to the judge."""

    criterion: str
    concept: str
    image: str
    prompt: str
    text: str
    unsteered: str


class KeptJudge:
    """The verdicts of another judge, kept.

    Args:
        file: of one judge, for what is kept does not tell whose verdict it is.
    """

    def __init__(self, judge: Judge, file: Path) -> None:
        self.name, self._judge, self._verdicts = judge.name, judge, KeptAnswers(file, Asked)

    def concept(self, neuron: int) -> str:
        """As the judge takes it."""
        return self._judge.concept(neuron)

    def says(self, neuron: int, answers: Sequence[Answer]) -> list[bool]:
        """Whether the concept appears in each text."""
        return self._all("says", self.concept(neuron), answers, lambda some: self._judge.says(neuron, some))

    def followed(self, answers: Sequence[Answer]) -> list[bool]:
        """Whether each text does what its prompt asks for."""
        return self._all("followed", "", answers, self._judge.followed)

    def kept(self, answers: Sequence[Answer]) -> list[bool]:
        """Whether each text describes its image as rightly as the unsteered one does."""
        return self._all("kept", "", answers, self._judge.kept)

    def _all(
        self, criterion: str, concept: str, answers: Sequence[Answer], ask: Callable[[Sequence[Answer]], list[bool]]
    ) -> list[bool]:
        asked = [Asked(criterion, concept, *answer) for answer in answers]
        missing = self._verdicts.missing(asked)
        for some in (missing[start : start + AT_ONCE] for start in range(0, len(missing), AT_ONCE)):
            self._verdicts.keep(zip(some, ask([Answer(*question[2:]) for question in some]), strict=True))
        return [self._verdicts[question] for question in asked]
