"""Where a participant sits: which pair comes next, and what becomes of an answer."""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from explorer.study.design import Pair, Side, Study
from explorer.study.store import Answer, AnswerStore

Choice = Literal["left", "right", "neither"]
QUICKEST = 0.3  # seconds: an answer sooner than that was meant for the pair before, by a second click


class Turn(NamedTuple):
    """Where a participant is."""

    done: int  # pairs answered
    total: int
    pair: Pair | None  # the next one; None when all are answered
    left: Side | None  # which of it stands on the left


@dataclass(frozen=True)
class Desk:
    """A study and its answers."""

    study: Study
    store: AnswerStore

    def turn(self, participant: str) -> Turn:
        """Where the participant is.

        Raises:
            UserError: if the answers cannot be read.
        """
        done = self.store.answered(self.study.key, participant)
        pair = next((pair for pair in self.study.order(participant) if pair.number not in done), None)
        left = self.study.left(participant, pair) if pair else None
        return Turn(len(done), len(self.study.pairs), pair, left)

    def answer(self, participant: str, pair: int, choice: Choice, seconds: float) -> None:
        """Keep an answer to the participant's current pair; one to another pair, or too quick to be one, is left out.

        Raises:
            UserError: if it cannot be kept.
        """
        turn = self.turn(participant)
        if turn.pair is None or turn.left is None or turn.pair.number != pair or seconds < QUICKEST:
            return
        other: Side = "second" if turn.left == "first" else "first"
        chosen: dict[Choice, Side | Literal["neither"]] = {"left": turn.left, "right": other, "neither": "neither"}
        first, second = turn.pair.first, turn.pair.second
        self.store.add(
            Answer(
                *(self.study.key, participant, pair, self.study.similarity),
                *(first.atlas, first.neuron, first.ms, second.atlas, second.neuron, second.ms),
                *(turn.left, chosen[choice], round(1000 * seconds), datetime.now(UTC).isoformat(timespec="milliseconds")),
            )
        )


def new_participant() -> str:
    """A random name: 128 bits, and nothing about who it is."""
    return secrets.token_urlsafe(16)


def is_participant(name: object) -> bool:
    """Whether this is a name that `new_participant` gives; it comes from a browser, so it may be anything."""
    return isinstance(name, str) and re.fullmatch(r"[\w-]{22}", name, re.ASCII) is not None
