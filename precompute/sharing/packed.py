"""A packed atlas: one file, a zip archive whose members are stored as they are.

Zip: every system opens it, Python's library reads and writes it, and its directory gives the manifest without reading all else.
Not compressed: tables and thumbnails are already, nothing can unpack to more than the size of the file, and the bytes follow from
the atlas alone: the same atlas gives the same file, whatever the version of a compressor.
"""

import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from tqdm import tqdm

from explorer.atlas.portable.contents import Whole
from explorer.atlas.portable.source import BLOCK
from explorer.errors import UserError

WHEN = (1980, 1, 1, 0, 0, 0)  # of every member: zip's first day
MODE = (stat.S_IFREG | 0o644) << 16  # a plain file that its owner may change
UNIX = 3


def write_packed(whole: Whole, path: Path, bar: tqdm) -> None:
    """Write an atlas's files in one order, with one date and mode."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, file in whole.files.items():
            about = zipfile.ZipInfo(name, WHEN)
            about.create_system, about.external_attr, about.file_size = UNIX, MODE, file.stat().st_size
            with file.open("rb") as read, archive.open(about, "w") as write:
                while block := read.read(BLOCK):
                    write.write(block)
                    bar.update(len(block))


class PackedAtlas:
    """The source that a packed atlas is; close it, or use it in a `with`.

    Args:
        path: of the file.

    Raises:
        UserError: if it is no such archive, or holds what `pack` does not write: compressed members, links, one name twice.
    """

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        try:
            self._archive = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise UserError(f"{path}: there is no such file; name one that `pack` wrote") from None
        except (zipfile.BadZipFile, NotImplementedError, ValueError, RecursionError) as error:
            raise UserError(f"{path}: it is no packed atlas, or was cut off ({error}); get it anew") from error
        self._members = {about.filename: about for about in self._archive.infolist()}
        _refuse_odd(path, self._archive.infolist())

    def sizes(self) -> Mapping[str, int]:
        return {name: about.file_size for name, about in self._members.items()}

    def open(self, path: str) -> BinaryIO:
        return cast(BinaryIO, _Member(self.name, self._archive, self._members[path]))

    def __enter__(self) -> "PackedAtlas":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._archive.close()


class _Member:
    """One member, read from its beginning; what the archive says wrongly of it is told as damage."""

    def __init__(self, owner: str, archive: zipfile.ZipFile, about: zipfile.ZipInfo) -> None:
        self._owner, self._name = owner, about.filename
        try:
            self._file = archive.open(about)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError) as error:
            raise self._damaged(error) from error

    def read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except (zipfile.BadZipFile, EOFError, ValueError) as error:
            raise self._damaged(error) from error

    def __enter__(self) -> "_Member":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _damaged(self, error: Exception) -> UserError:
        return UserError(f"{self._owner}: {self._name} is damaged ({error}); get it anew")


def _refuse_odd(path: Path, members: list[zipfile.ZipInfo]) -> None:
    for about in members:
        mode = about.external_attr >> 16
        if about.compress_type != zipfile.ZIP_STORED or about.compress_size != about.file_size or about.flag_bits & 1:
            raise UserError(f"{path}: {about.filename[:80]!r} is compressed or encrypted, which `pack` does not do; get it anew")
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise UserError(f"{path}: {about.filename[:80]!r} is a link or a directory, which `pack` does not write; get it anew")
    if len({about.filename.lower() for about in members}) < len(members):
        raise UserError(f"{path}: it holds two files of one name, so it is no packed atlas; get it anew")
    if sum(about.file_size for about in members) > path.stat().st_size:
        raise UserError(f"{path}: its files are larger than itself, so it is no packed atlas; get it anew")
