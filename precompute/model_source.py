"""Where a model is loaded from, as the manifest of an atlas tells it."""

from os.path import relpath
from pathlib import Path
from typing import NamedTuple


class Source(NamedTuple):
    """A Hub id or one of open_clip's names; or a directory."""

    source: str
    local: bool


def source_beside(source: str, atlas: Path) -> Source:
    """The source of a model; a directory is given relative to the atlas, so that both can be moved together."""
    if not Path(source).is_dir():
        return Source(source, False)
    return Source(Path(relpath(Path(source).resolve(), atlas.resolve())).as_posix(), True)
