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
    """The turns of a study. In a transaction of many answers a participant's are read once, pairs are counted once, and what is
    new is written together, by `flush`: each statement lets other threads run, while nobody else can write.

    Args:
        connection: in a transaction; it holds the study until that ends.
        study: whose turns.
    """

    def __init__(self, connection: Connection, study: Study) -> None:
        self._connection, self._study = connection, study
        self._counts: dict[int, int] | None = None
        self._read: dict[str, tuple[Turn, ...]] = {}  # by participant
        self._finished: list[dict[str, str]] = []
        self._added: list[dict[str, object]] = []
        connection.execute(_HOLD, {"of": study.name})

    def of(self, participant: str) -> tuple[Turn, ...]:
        """A participant's turns, in order."""
        if participant not in self._read:
            rows = self._connection.execute(_OF_ONE, {"of": self._study.name, "by": participant})
            self._read[participant] = tuple(Turn(*row) for row in rows)
        return self._read[participant]

    def now(self, turn: Turn) -> Turn:
        """A turn that was read before, as it is now."""
        return next(each for each in self.of(turn.participant) if each.ticket == turn.ticket)

    def finish(self, turn: Turn) -> None:
        """Note that a turn is answered."""
        self._finished.append({"named": turn.ticket})
        self._change(turn, replace(turn, done=1))

    def flush(self) -> None:
        """Write what is new."""
        for statement, rows in ((_FINISH, self._finished), (_ADD, self._added)):
            if rows:
                self._connection.execute(statement, list(rows))
                rows.clear()

    def wanted(self, turn: Turn) -> bool:
        """Whether an answer to the turn is still asked for: not where it came too late and others filled its place."""
        if turn.kind != "pair" or not turn.expired or self._study.rules.answers is None:
            return True
        return self._given(besides=turn.participant).get(turn.pair, 0) < self._study.rules.answers

    def drop(self, turn: Turn) -> None:
        """Give a turn back that is not answered."""
        self.flush()
        self._connection.execute(_DROP, {"named": turn.ticket})
        self._change(turn)
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
        self.flush()
        now = time.time()
        asked = {"of": self._study.name, "besides": besides, "after": now - LEASE, "before": now + LEASE}
        return {row[0]: row[1] for row in self._connection.execute(_GIVEN, asked)}

    def _add(self, participant: str, step: int, pair: int, kind: TurnKind) -> Turn:
        left = self._study.left(participant, pair, kind)
        turn = Turn(self._study.name, participant, step, pair, kind, secrets.token_urlsafe(16), left, time.time(), 0)
        self._added.append(vars(turn))
        self._read[participant] = (*self.of(participant), turn)
        if kind == "pair" and self._counts is not None:
            self._counts[pair] = self._counts.get(pair, 0) + 1
        return turn

    def _renewed(self, turn: Turn) -> Turn:
        """The same turn, shown again now."""
        renewed = replace(turn, given=time.time())
        self.flush()
        self._connection.execute(_RENEW, {"named": turn.ticket, "now": renewed.given})
        self._change(turn, renewed)
        return renewed

    def _change(self, turn: Turn, *anew: Turn) -> None:
        """Put what it is now in its place; one whose place had returned to the pool takes it again."""
        at = self.of(turn.participant).index(turn)
        self._read[turn.participant] = (*self._read[turn.participant][:at], *anew, *self._read[turn.participant][at + 1 :])
        if turn.expired:
            self._counts = None
