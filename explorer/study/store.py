"""Where answers are kept: an SQLite file or a PostgreSQL database; each is committed before the next pair is shown.

Of a participant nothing is kept but a random name. A pair is answered once: a double click or a reload does not count twice.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd
from sqlalchemy import Connection, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from explorer.study.answers_file import AnswersFile
from explorer.study.answers_server import AnswersServer
from explorer.study.design import Side, Study
from explorer.study.studies import Listed, listed
from explorer.study.tables import ANSWERS, CONSENTS, TURNS
from explorer.study.turns import Turn, Turns, by_ticket


@dataclass(frozen=True)
class Answer:
    """One answer, with all that is needed to read it without the atlases."""

    study: str
    participant: str
    """Random name; not what the browser shows to be let in."""
    pair: int
    similarity: str
    first_atlas: str
    first_neuron: int
    first_ms: float
    second_atlas: str
    second_neuron: int
    second_ms: float
    on_left: Side
    chosen: Side | Literal["neither"]
    milliseconds: int
    """From the pictures' arrival to the answer."""
    answered: str
    """UTC, ISO 8601."""
    kind: str = "pair"
    """`practice`, `gold`, `pair` or `repeat`."""
    clock: str = "server"
    """Who measured `milliseconds`: the `browser`, the `server`, which counts the network's time too, or `none` (given anew)."""
    revision: int = 0
    """0, or how often it was given anew; the last one counts."""


COLUMNS = [field.name for field in fields(Answer)]
# Made once: SQLAlchemy takes longer to put one together than SQLite to run it.
_ADD = {
    (name, table.name): dialect.insert(table).on_conflict_do_nothing().returning(table.c.study)
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
    for table in (ANSWERS, CONSENTS, TURNS)
}
_KEEP = {
    "postgresql": postgresql.insert(ANSWERS).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(ANSWERS).on_conflict_do_nothing(),
}
_OF_ONE = (CONSENTS.c.study == bindparam("of")) & (CONSENTS.c.participant == bindparam("by"))
_AGREED = select(CONSENTS.c.consent).where(_OF_ONE)


class AnswerStore:
    """One file or database; safe to use from several threads and processes.

    Args:
        where: a file's path, or a URL of PostgreSQL.

    Raises:
        UserError: if it is a URL of something else.
    """

    def __init__(self, where: Path | str) -> None:
        self._file = AnswersServer(where) if isinstance(where, str) else AnswersFile(where)
        self._here = threading.local()

    @property
    def path(self) -> Path | str:
        """The file's path, or the database's URL without its password."""
        return self._file.path

    @property
    def secret(self) -> bytes:
        """What participants' tokens are signed with.

        Raises:
            UserError: if the file could not be made.
        """
        return self._file.secret

    def make(self) -> None:
        """Make the tables if there are none, bring older ones to this version; once, before anything else.

        Raises:
            UserError: if the file cannot be written, is no answers file, or is of a newer version.
        """
        self._file.make()

    @contextmanager
    def opened(self, until: float | None = None, writes: bool = False) -> Iterator["Answers"]:
        """The answers, until the block ends; only then is it sure that what was added is kept.

        Inside such a block, another one of the same thread is a part of it, and is kept with it or not at all.

        Args:
            until: when to stop waiting for another writer, in seconds of `time.monotonic`; two from now if None.
            writes: whether the block adds something.

        Raises:
            UserError: if the file cannot be reached, is not the one that was made, or stays locked.
        """
        if outer := getattr(self._here, "answers", None):
            yield outer
            return
        with self._file.opened(until, writes) as connection:
            self._here.answers = Answers(connection)
            try:
                yield self._here.answers
                self._here.answers.flush()
            finally:
                self._here.answers = None


class Answers:
    """The answers in an open file.

    Args:
        connection: in a transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._turns: dict[str, Turns] = {}
        self._kept: list[dict[str, object]] = []

    @cached_property
    def studies(self) -> list[Listed]:
        """All studies, as they were when they were first asked for in this transaction."""
        return listed(self.connection)

    def turn(self, ticket: str) -> Turn | None:
        """The turn of that ticket, of any study."""
        found = by_ticket(self.connection, ticket)
        if found is None:  # it may be given in this very transaction
            self.flush()
            found = by_ticket(self.connection, ticket)
        return found

    def turns(self, study: Study) -> Turns:
        """The turns of a study, the same whenever they are asked for until the transaction ends."""
        if study.name not in self._turns:
            self._turns[study.name] = Turns(self.connection, study)
        return self._turns[study.name]

    def add(self, answer: Answer) -> bool:
        """Keep an answer; False if this participant has answered the pair already, which stays as it was."""
        return self._add(ANSWERS, vars(answer))

    def keep(self, answer: Answer) -> None:
        """Keep an answer, as `add` does, by the end of the transaction: together with others, which takes less time."""
        self._kept.append(vars(answer))

    def flush(self) -> None:
        """Write what is new."""
        if self._kept:
            self.connection.execute(_KEEP[self.connection.dialect.name], list(self._kept))
            self._kept.clear()
        for turns in self._turns.values():
            turns.flush()

    def agree(self, study: str, participant: str, consent: str, given: str) -> bool:
        """Keep that a participant agreed to a text; False if they had."""
        return self._add(CONSENTS, {"study": study, "participant": participant, "consent": consent, "given": given})

    def agreed(self, study: str, participant: str) -> bool:
        """Whether the participant has agreed to take part."""
        return self.connection.execute(_AGREED, {"of": study, "by": participant}).first() is not None

    def take_turn(self, turn: Turn) -> bool:
        """Keep a turn of another database; False if it is there."""
        return self._add(TURNS, vars(turn))

    def answered(self, study: str, participant: str) -> set[int]:
        """Numbers of the pairs that a participant has answered."""
        self.flush()
        mine = (ANSWERS.c.study == study) & (ANSWERS.c.participant == participant)
        return set(self.connection.scalars(select(ANSWERS.c.pair).where(mine)))

    def revisions(self, study: str, participant: str, pair: int, kind: str) -> list[str]:
        """What a participant chose for a pair, one after the other."""
        self.flush()
        here = (ANSWERS.c.study == study) & (ANSWERS.c.participant == participant)
        one = here & (ANSWERS.c.pair == pair) & (ANSWERS.c.kind == kind)
        return list(self.connection.scalars(select(ANSWERS.c.chosen).where(one).order_by(ANSWERS.c.revision)))

    def table(self, study: str | None = None) -> pd.DataFrame:
        """All answers of a study, or of all, a column for each field of `Answer`, in the order they came."""
        self.flush()
        found = select(ANSWERS).order_by(ANSWERS.c.answered, ANSWERS.c.participant, ANSWERS.c.pair)
        rows = self.connection.execute(found if study is None else found.where(ANSWERS.c.study == study))
        return pd.DataFrame(rows.all(), columns=COLUMNS)

    def _add(self, table: Table, row: dict[str, object]) -> bool:
        return self.connection.execute(_ADD[self.connection.dialect.name, table.name], row).first() is not None


def counted(answers: pd.DataFrame) -> pd.DataFrame:
    """The answers that agreement is counted of: those to pairs, neither practice nor gold nor repeats, in their last revision."""
    pairs = answers.query("kind == 'pair'").sort_values("revision", kind="stable")
    return pairs.drop_duplicates(["study", "participant", "pair"], keep="last").sort_index()
