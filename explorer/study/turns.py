"""Turns: the pairs that participants were given, one after the other, as the database keeps them.

All is read and written in one transaction that holds the study's row, so that two processes never give one place twice.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, update

from explorer.study.assignment import LEASE, TurnKind, next_pair, schedule
from explorer.study.design import Side, Study
from explorer.study.tables import STUDIES, TURNS

# Made once: SQLAlchemy takes longer to put one together than SQLite to run it.
_MINE = (TURNS.c.study == bindparam("of")) & (TURNS.c.participant == bindparam("by"))
_ONE = TURNS.c.ticket == bindparam("named")
_COUNTS = or_(TURNS.c.done == 1, TURNS.c.given.between(bindparam("after"), bindparam("before")))
_OF_PAIRS = (TURNS.c.study == bindparam("of")) & (TURNS.c.kind == "pair") & (TURNS.c.participant != bindparam("besides"))
_BY_TICKET = select(TURNS).where(_ONE)
_OF_ONE = select(TURNS).where(_MINE).order_by(TURNS.c.step, TURNS.c.done.desc())
_GIVEN = select(TURNS.c.pair, func.count()).where(_OF_PAIRS, _COUNTS).group_by(TURNS.c.pair)
_HOLD = select(STUDIES.c.name).where(STUDIES.c.name == bindparam("of")).with_for_update()
_FINISH = update(TURNS).where(_ONE).values(done=1)
_RENEW = update(TURNS).where(_ONE).values(given=bindparam("now"))
_DROP = delete(TURNS).where(_ONE, TURNS.c.done == 0)
_ADD = insert(TURNS)


@dataclass(frozen=True)
class Turn:
    """A pair that a participant was given."""

    study: str
    participant: str
    step: int
    """Pairs that the participant had answered before."""
    pair: int
    kind: TurnKind
    ticket: str
    """Names it on the participant's page, and tells nothing; 128 random bits."""
    on_left: Side
    given: float
    """Seconds since 1970."""
    done: int
    """1 once it is answered."""

    @property
    def expired(self) -> bool:
        """Whether its pair may have been given to somebody else; so it is, too, where the clock has been set back since."""
        return abs(time.time() - self.given) > LEASE


def by_ticket(connection: Connection, ticket: str) -> Turn | None:
    """The turn of that ticket, of any study."""
    row = connection.execute(_BY_TICKET, {"named": ticket}).first()
    return None if row is None else Turn(*row)


class Turns:
    """The turns of a study. How often its pairs were given is counted once, for whatever is done in the transaction.

    Args:
        connection: in a transaction; it holds the study until that ends.
        study: whose turns.
    """

    def __init__(self, connection: Connection, study: Study) -> None:
        self._connection, self._study = connection, study
        self._counts: dict[int, int] | None = None
        connection.execute(_HOLD, {"of": study.name})

    def of(self, participant: str) -> list[Turn]:
        """A participant's turns, in order."""
        return [Turn(*row) for row in self._connection.execute(_OF_ONE, {"of": self._study.name, "by": participant})]

    def finish(self, turn: Turn) -> None:
        """Note that a turn is answered."""
        self._connection.execute(_FINISH, {"named": turn.ticket})
        self._changed(turn)

    def wanted(self, turn: Turn) -> bool:
        """Whether an answer to the turn is still asked for: not where it came too late and others filled its place."""
        if turn.kind != "pair" or not turn.expired or self._study.rules.answers is None:
            return True
        return self._given(besides=turn.participant).get(turn.pair, 0) < self._study.rules.answers

    def drop(self, turn: Turn) -> None:
        """Give a turn back that is not answered."""
        self._connection.execute(_DROP, {"named": turn.ticket})
        self._counts = None

    def next(self, participant: str) -> Turn | None:
        """The participant's open turn, or a new one; None where they are done."""
        mine = self.of(participant)
        done = [turn for turn in mine if turn.done]
        for turn in mine:
            if not turn.done and self.wanted(turn):
                return self._renewed(turn)
            if not turn.done:
                self.drop(turn)
        for kind in schedule(self._study)[len(done) :]:
            pair = self._choose(kind, participant, done)
            if pair is not None:
                return self._add(participant, len(done), pair, kind)
        return None

    def _choose(self, kind: TurnKind, participant: str, done: Sequence[Turn]) -> int | None:
        seen = {turn.pair for turn in done if turn.kind == kind}
        if kind == "pair":
            pairs = [pair.number for pair in self._study.of_kind("pair")]
            lot = f"{self._study.name}:{participant}:{len(done)}"
            return next_pair(self._study.rules, pairs, self._counted(), seen, lot)
        if kind == "repeat":
            return next((turn.pair for turn in done if turn.kind == "pair" and turn.pair not in seen), None)
        return next((pair.number for pair in self._study.of_kind(kind) if pair.number not in seen), None)

    def _counted(self) -> dict[int, int]:
        """How often each pair is answered, or out to be; nobody else changes that while the study is held."""
        if self._counts is None:
            self._counts = self._given()
        return self._counts

    def _given(self, besides: str = "") -> dict[int, int]:
        now = time.time()
        asked = {"of": self._study.name, "besides": besides, "after": now - LEASE, "before": now + LEASE}
        return {row[0]: row[1] for row in self._connection.execute(_GIVEN, asked)}

    def _add(self, participant: str, step: int, pair: int, kind: TurnKind) -> Turn:
        left = self._study.left(participant, pair, kind)
        turn = Turn(self._study.name, participant, step, pair, kind, secrets.token_urlsafe(16), left, time.time(), 0)
        self._connection.execute(_ADD, vars(turn))
        if kind == "pair" and self._counts is not None:
            self._counts[pair] = self._counts.get(pair, 0) + 1
        return turn

    def _renewed(self, turn: Turn) -> Turn:
        """The same turn, shown again now."""
        now = time.time()
        self._connection.execute(_RENEW, {"named": turn.ticket, "now": now})
        self._changed(turn)
        return replace(turn, given=now)

    def _changed(self, turn: Turn) -> None:
        """One whose place had returned to the pool takes it again."""
        if turn.expired:
            self._counts = None
