"""Labels by a CSV file with the columns file,label: which images of a folder are used, in which order."""

from pathlib import Path

from explorer.errors import UserError
from precompute.csv_columns import read_columns


def read_labels(path: Path) -> tuple[list[str], list[str]]:
    """Return the files, relative to the image folder, and their labels.

    Raises:
        UserError: if the file cannot be read, lacks a column, or names a file outside the image folder.
    """
    rows = read_columns(path, "--labels", ("file", "label"))
    outside = [file for file, _ in rows if Path(file).is_absolute() or ".." in Path(file).parts]
    if outside:
        raise UserError(f"--labels {path}: {outside[0]} points outside the image folder; name files relative to it")
    return [file for file, _ in rows], [label for _, label in rows]
