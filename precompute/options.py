"""Options that several stages share: their types, and whether their values can be."""

from pathlib import Path
from typing import Annotated

from tyro.conf import arg

from explorer.errors import UserError

# may be left out; the word is what --help shows for the value
MaybeModel = Annotated[str | None, arg(metavar="ID_OR_DIR")]
MaybeImages = Annotated[str | None, arg(metavar="IMAGES")]
MaybeName = Annotated[str | None, arg(metavar="NAME")]
MaybePath = Annotated[Path | None, arg(metavar="PATH")]
MaybeCount = Annotated[int | None, arg(metavar="INT")]


def at_least(least: int, **options: float | None) -> None:
    """Refuse options that are smaller; one that was left out is not.

    Raises:
        UserError: naming the first that is too small.
    """
    for name, value in options.items():
        if value is not None and value < least:
            raise UserError(f"--{name.replace('_', '-')} {value}: must be at least {least}")
