"""Names that people gave to an atlas's neurons: `names.csv` beside its manifest, read when the atlas is opened.

Columns `neuron`, `name`, `by` (who gave it) and `note`; the last two may be missing, and other columns are passed over. The file
is no part of the sealed atlas: whoever runs the explorer puts it there. It is held within bounds all the same, for it may have
come from anyone.
"""

import csv
import io
import os
import stat
from pathlib import Path
from typing import NamedTuple

from explorer.errors import UserError

FILE = "names.csv"
LARGEST = 2**24  # bytes
LONGEST = {"name": 100, "by": 80, "note": 500}  # characters
_GUARDED = ("'=", "'+", "'-", "'@")  # an apostrophe that keeps spreadsheets from running a cell, see `explorer.study.export`


class CuratedName(NamedTuple):
    """A name that somebody gave."""

    name: str
    by: str  # who; "" where nobody signed
    note: str  # why, or what else; "" where there is none


def read_curated(directory: Path, neurons: int) -> dict[int, CuratedName]:
    """The names beside an atlas, by neuron; none where there is no file. A row with an empty name names nothing.

    Args:
        directory: of the atlas.
        neurons: that it has.

    Raises:
        UserError: naming the first line that cannot be used, or why the file cannot be read.
    """
    path = directory / FILE
    if not os.path.lexists(path):
        return {}
    try:
        rows = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
        if not {"neuron", "name"} <= set(rows.fieldnames or ()):
            raise ValueError("its first line does not name the columns neuron and name")
        named: dict[int, CuratedName] = {}
        for row in rows:
            number, name = _entry(row, rows.line_num, neurons)
            if number in named:
                raise ValueError(f"line {rows.line_num} names neuron {number} again")
            if name.name:
                named[number] = name
    except (OSError, ValueError, csv.Error) as error:
        reason = (error.strerror or "it cannot be read") if isinstance(error, OSError) else str(error)
        what = f"the names given to atlas {directory.name} are not shown: {reason}"
        raise UserError(f"{path}: {what}; correct the file or take it away", f"{FILE}: {what}.") from error
    return named


def _text(path: Path) -> str:
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise ValueError("it is no regular file")
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"it is larger than {LARGEST // 2**20} MB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None


def _entry(row: dict[str, str], line: int, neurons: int) -> tuple[int, CuratedName]:
    number = (row["neuron"] or "").strip().removeprefix("#")
    if not (number.isascii() and number.isdecimal() and len(number) < 10 and int(number) < neurons):
        raise ValueError(f"line {line} gives neuron {number[:20]!r}, not a number from 0 to {neurons - 1:,}")
    return int(number), CuratedName(*(_cell(row.get(column) or "", column, line) for column in CuratedName._fields))


def _cell(value: str, column: str, line: int) -> str:
    text = " ".join((value[1:] if value.startswith(_GUARDED) else value).split())
    if len(text) > LONGEST[column]:
        raise ValueError(f"line {line} has a {column} of more than {LONGEST[column]} characters")
    if not text.isprintable():
        raise ValueError(f"line {line} has a {column} with characters that cannot be shown")
    return text
