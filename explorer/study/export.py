"""Answers as a CSV file, for researchers; participants are p1, p2, … in it, and nobody can go on as one of them."""

import csv
import io
import os
import secrets
import sqlite3
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pandas as pd

from explorer.errors import UserError
from explorer.study.answers_file import VERSION
from explorer.study.store import COLUMNS, Answer, AnswerStore

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets would run


def read_answers(where: Path | str) -> pd.DataFrame:
    """All answers of a file or database, of every study in it, in the order they came; a file may be in use, and stays as it is.

    Participants are numbered by their first answer: p1, p2, ….

    Raises:
        UserError: if there is no such file, or it is no answers file.
    """
    return numbered(_of_file(where) if isinstance(where, Path) else _of_server(where))


def numbered(answers: pd.DataFrame) -> pd.DataFrame:
    """The same with participants numbered by their first answer: no way leads back to their names."""
    return answers.assign(participant=[f"p{1 + number}" for number in pd.factorize(answers["participant"])[0]])


def _of_server(url: str) -> pd.DataFrame:
    store = AnswerStore(url)
    store.make()
    with store.opened() as answers:
        return answers.table()


def _of_file(path: Path) -> pd.DataFrame:
    if not path.is_file():
        raise UserError(f"answers file {path}: there is none; give the one to read with --answers or MONOSCOPE_ANSWERS")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            connection.execute("PRAGMA query_only = 1")  # a connection of mode=ro would leave its log behind
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version > VERSION:
                raise UserError(
                    f"answers file {path} is of version {version}, this Monoscope reads up to {VERSION}: use a newer one"
                )
            names = COLUMNS if version == VERSION else COLUMNS[: COLUMNS.index("kind")]
            chosen = f"SELECT {', '.join(names)} FROM answers ORDER BY answered, participant, pair"
            rows = connection.execute(chosen).fetchall()
    except sqlite3.Error as error:
        raise UserError(f"answers file {path} cannot be read: {error}; give another one with --answers") from error
    added = {field.name: field.default for field in fields(Answer) if field.name not in names}
    return pd.DataFrame(rows, columns=names).assign(**added)


def to_csv(answers: pd.DataFrame) -> str:
    """Comma-separated, with a header; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(answers.columns)
    writer.writerows([_plain(value) for value in row] for row in answers.itertuples(index=False))
    return sheet.getvalue()


def write_whole(path: Path, text: str, overwrite: bool = False) -> None:
    """Write a file, whole or not at all.

    Raises:
        UserError: if it cannot be written, or is there already and may not be overwritten.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        if path.exists() and not overwrite:
            raise UserError(f"{path} is there already: name another file, or add --force to write over it")
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise UserError(f"{path} cannot be written: {error}; name another file") from error


def _plain(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
