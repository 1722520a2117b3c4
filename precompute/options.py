"""Types of options that may be left out, with the word that --help shows for their value."""

from pathlib import Path
from typing import Annotated

from tyro.conf import arg

MaybeModel = Annotated[str | None, arg(metavar="ID_OR_DIR")]
MaybeImages = Annotated[str | None, arg(metavar="IMAGES")]
MaybeName = Annotated[str | None, arg(metavar="NAME")]
MaybePath = Annotated[Path | None, arg(metavar="PATH")]
MaybeCount = Annotated[int | None, arg(metavar="INT")]
