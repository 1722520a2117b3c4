"""Answers, in an SQLite file: one short transaction each, committed before the next pair is shown.

Of a participant nothing is kept but a random name. A pair is answered once: a double click or a reload does not count twice.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Literal

import pandas as pd

from explorer.study.answers_file import AnswersFile
from explorer.study.design import Side


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
    answered: str
    """UTC, ISO 8601."""


COLUMNS = [field.name for field in fields(Answer)]
_TYPES = {int: "INTEGER", float: "REAL"}
_DECLARED = ", ".join(f"{field.name} {_TYPES.get(field.type, 'TEXT')} NOT NULL" for field in fields(Answer))  # type: ignore[call-overload]
_TABLE = f"CREATE TABLE answers ({_DECLARED}, PRIMARY KEY (study, participant, pair)) STRICT, WITHOUT ROWID"
_PROBE = f"SELECT {', '.join(COLUMNS)} FROM answers LIMIT 0"
_INSERT = f"INSERT OR IGNORE INTO answers VALUES ({', '.join('?' * len(COLUMNS))})"  # no value is in it


class AnswerStore:
    """Where answers are kept: one file; safe to use from several threads and processes.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self._file = AnswersFile(path, _TABLE, _PROBE)

    @property
    def path(self) -> Path:
        return self._file.path

    @property
    def secret(self) -> bytes:
        """What participants' tokens are signed with.

        Raises:
            UserError: if the file could not be made.
        """
        return self._file.secret

    def make(self) -> None:
        """Make the file if there is none, bring an older one to this version; once, before anything else.

        Raises:
            UserError: if the file cannot be written, is no answers file, or is of another version.
        """
        self._file.make()

    @contextmanager
    def opened(self, until: float | None = None) -> Iterator["Answers"]:
        """The answers, until the block ends; only then is it sure that what was added is kept.

        Args:
            until: when to stop waiting for another writer, in seconds of `time.monotonic`; two from now if None.

        Raises:
            UserError: if the file cannot be reached, is not the one that was made, or stays locked.
        """
        with self._file.opened(until) as connection:
            yield Answers(connection)


class Answers:
    """The answers in an open file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, answer: Answer) -> bool:
        """Keep an answer; False if this participant has answered the pair already, which stays as it was."""
        return self._connection.execute(_INSERT, astuple(answer)).rowcount == 1

    def answered(self, study: str, participant: str) -> set[int]:
        """Numbers of the pairs that a participant has answered."""
        rows = self._connection.execute("SELECT pair FROM answers WHERE study = ? AND participant = ?", (study, participant))
        return {pair for (pair,) in rows}

    def table(self, study: str) -> pd.DataFrame:
        """All answers of a study, a column for each field of `Answer`, in the order they came."""
        rows = self._connection.execute("SELECT * FROM answers WHERE study = ? ORDER BY answered, pair", (study,)).fetchall()
        return pd.DataFrame(rows, columns=COLUMNS)
