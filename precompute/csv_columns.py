"""Two columns of a CSV file that a user gave: labels of images, parents of labels."""

import csv
from pathlib import Path

from explorer.errors import UserError


def read_columns(path: Path, option: str, columns: tuple[str, str]) -> list[tuple[str, str]]:
    """Read two columns by name, one pair a row; an empty cell is "".

    Args:
        option: names the file in errors, as `--labels`.

    Raises:
        UserError: if the file cannot be read or lacks a column.
    """
    first, second = columns
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            f"{option} {path}: cannot be read as CSV ({error}); give a file with the columns {first},{second}"
        ) from error
    if not rows or not set(columns) <= set(rows[0]):
        present = ", ".join(map(str, rows[0])) if rows else "no rows"
        raise UserError(f"{option} {path}: needs the columns {first} and {second}, found {present}; add them")
    return [(row[first] or "", row[second] or "") for row in rows]
