"""Answers, in an SQLite file: one short transaction each, committed before the next pair is shown.

Of a participant nothing is kept but a random name. A pair is answered once: a double click or a reload does not count twice.
"""

import csv
import io
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Literal

import pandas as pd

from explorer.errors import UserError
from explorer.study.design import Side

VERSION = 1  # of the table below, in the file's user_version
WAIT = 10.0  # seconds for another writer
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets would run


@dataclass(frozen=True)
class Answer:
    """One answer, with all that is needed to read it without the atlases."""

    study: str
    participant: str
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


_TYPES = {int: "INTEGER", float: "REAL"}
_COLUMNS = ", ".join(f"{field.name} {_TYPES.get(field.type, 'TEXT')} NOT NULL" for field in fields(Answer))  # type: ignore[call-overload]
_TABLE = f"CREATE TABLE IF NOT EXISTS answers ({_COLUMNS}, PRIMARY KEY (study, participant, pair)) STRICT, WITHOUT ROWID"
_INSERT = f"INSERT OR IGNORE INTO answers VALUES ({', '.join('?' * len(fields(Answer)))})"  # no value is in it


class AnswerStore:
    """The answers in one file; safe to use from several threads and processes.

    Args:
        path: made, with the directories above it, when the first answer comes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, answer: Answer) -> bool:
        """Keep an answer; False if this participant has answered the pair already, which stays as it was.

        Raises:
            UserError: if the file cannot be written, or is of another version.
        """
        with self._open() as connection:
            return connection.execute(_INSERT, astuple(answer)).rowcount == 1

    def answered(self, study: str, participant: str) -> set[int]:
        """Numbers of the pairs that a participant has answered.

        Raises:
            UserError: if the file cannot be read, or is of another version.
        """
        if not self.path.is_file():
            return set()
        with self._open() as connection:
            rows = connection.execute("SELECT pair FROM answers WHERE study = ? AND participant = ?", (study, participant))
            return {pair for (pair,) in rows}

    def answers(self, study: str) -> pd.DataFrame:
        """All answers of a study, a column for each field of `Answer`, in the order they came.

        Raises:
            UserError: if the file cannot be read, or is of another version.
        """
        rows = []
        if self.path.is_file():
            with self._open() as connection:
                rows = connection.execute("SELECT * FROM answers WHERE study = ? ORDER BY answered, pair", (study,)).fetchall()
        return pd.DataFrame(rows, columns=[field.name for field in fields(Answer)])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=WAIT)) as connection, connection:
                self._prepare(connection)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise UserError(f"answers file {self.path}: {error}; make it writable or set MONOSCOPE_ANSWERS to another") from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
        if found not in (0, VERSION):
            raise UserError(f"answers file {self.path} is of version {found}, this Monoscope writes {VERSION}: name another file")
        if found == 0:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(_TABLE)
            connection.execute(f"PRAGMA user_version = {VERSION}")


def to_csv(answers: pd.DataFrame) -> str:
    """Comma-separated, with a header; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(answers.columns)
    writer.writerows([_plain(value) for value in row] for row in answers.itertuples(index=False))
    return sheet.getvalue()


def _plain(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
