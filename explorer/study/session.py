"""A study under way: which pair a participant sees next, and what becomes of an answer."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

import pandas as pd

from explorer.study.design import Candidate, Pair, Side, Study
from explorer.study.participants import Participants
from explorer.study.store import Answer, AnswerStore

Choice = Literal["left", "right", "neither"]
QUICKEST = 0.3  # seconds: an answer sooner than that was meant for the pair before, by a second click


class NextPair(NamedTuple):
    """Where a participant is."""

    participant: str  # name
    done: int  # pairs answered
    total: int
    step: int  # of the pair, in this participant's order; `total` when all are answered
    pair: Pair | None  # the next one; None when all are answered
    left: Side | None  # which of it stands on the left


@dataclass(frozen=True)
class Session:
    """A study and its answers.

    Participants are named by `participant`. `until` says when to stop waiting for the answers file, in seconds of
    `time.monotonic`; all methods that take it raise UserError if the answers cannot be reached by then.
    """

    study: Study
    store: AnswerStore

    @property
    def participants(self) -> Participants:
        """Who gives and knows the tokens that stand for participants.

        Raises:
            UserError: if the answers file has never been opened.
        """
        return Participants(self.store.secret)

    def next_pair(self, participant: str, until: float | None = None) -> NextPair:
        """Where the participant is."""
        with self.store.opened(until) as answers:
            done = answers.answered(self.study.key, participant)
        return self._next_pair(participant, done)

    def sets(self, participant: str, step: int) -> tuple[Candidate, Candidate] | None:
        """The neurons on the left and on the right, at a step of this participant's order; None where there is no such step."""
        if not 0 <= step < len(self.study.pairs):
            return None
        pair = self.study.order(participant)[step]
        return (pair.first, pair.second) if self.study.left(participant, pair) == "first" else (pair.second, pair.first)

    def answer(self, participant: str, pair: int, choice: Choice, seconds: float, until: float | None = None) -> NextPair:
        """Keep an answer to the participant's current pair; one to another pair, or too quick to be one, is left out.

        Returns:
            Where the participant is then.
        """
        with self.store.opened(until) as answers:
            done = answers.answered(self.study.key, participant)
            current = self._next_pair(participant, done)
            if current.pair is None or current.pair.number != pair or seconds < QUICKEST:
                return current
            answers.add(self._answer(current, current.pair, choice, seconds))
        return self._next_pair(participant, done | {pair})

    def answers(self, until: float | None = None) -> pd.DataFrame:
        """All answers of this study, as `Answers.table` gives them."""
        with self.store.opened(until) as answers:
            return answers.table(self.study.key)

    def _next_pair(self, participant: str, done: set[int]) -> NextPair:
        order = self.study.order(participant)
        step = next((i for i, pair in enumerate(order) if pair.number not in done), len(order))
        pair = order[step] if step < len(order) else None
        left = self.study.left(participant, pair) if pair else None
        return NextPair(participant, len(done), len(order), step, pair, left)

    def _answer(self, current: NextPair, pair: Pair, choice: Choice, seconds: float) -> Answer:
        left = current.left or "first"
        other: Side = "second" if left == "first" else "first"
        chosen: dict[Choice, Side | Literal["neither"]] = {"left": left, "right": other, "neither": "neither"}
        first, second = pair.first, pair.second
        return Answer(
            *(self.study.key, current.participant, pair.number, self.study.similarity),
            *(first.atlas, first.neuron, first.ms, second.atlas, second.neuron, second.ms),
            *(left, chosen[choice], round(1000 * seconds), datetime.now(UTC).isoformat(timespec="milliseconds")),
        )
