"""Files as a manifest lists them: each is verified before it is used, and again once it changed.

Integrity, not authenticity: what is damaged, cut off or exchanged is refused by name; nobody vouches for who wrote the manifest.
"""

import hashlib
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from explorer.atlas.manifest import FileInfo
from explorer.errors import UserError, repair_hint

# Neither follows a link nor waits for the other end of a pipe; Windows has neither flag.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
SETTLED = 2 * 10**9  # ns since a file's last change; within one tick of a file system's clock two changes look like one


class _Mark(NamedTuple):
    """What a change of a file's content changes too."""

    size: int
    modified: int  # ns
    changed: int  # ns; unlike `modified`, nobody can set it
    inode: int
    device: int


def damage(place: Path, owner: str, what: str, how: str | None = None) -> UserError:
    """The error for a file or directory that cannot be used.

    Args:
        place: where it is, for the operator.
        owner: for visitors: "atlas storybook".
        what: is wrong, without any path.
        how: it can be mended; as `repair_hint` says if None.
    """
    public = f"{owner[:1].upper()}{owner[1:]}: {what}; whoever runs this Monoscope can put it right."
    return UserError(f"{owner} ({place}): {what}; {how or repair_hint(place)}", public)


class CheckedFiles:
    """The files of one directory.

    Args:
        directory: that holds them.
        listed: what each must be; no other file is read.
        owner: whose they are, in messages.
    """

    def __init__(self, directory: Path, listed: Mapping[str, FileInfo], owner: str) -> None:
        self.directory, self.listed, self.owner = directory, listed, owner

    def look(self) -> None:
        """Whether every file is there and as large as listed; reads none.

        Raises:
            UserError: naming the first that is not.
        """
        for name in self.listed:
            self._mark(name)

    def read(self, name: str) -> bytes:
        """The content of a file, verified.

        Raises:
            UserError: if it is missing, no regular file, or not the one that was listed.
        """
        self._mark(name)
        try:
            with _opened(self.directory / name) as file:
                data = file.read(self.listed[name].bytes + 1)
        except OSError as error:
            raise self._damage(name, _why(error)) from error
        if hashlib.sha256(data).hexdigest() != self.listed[name].sha256:
            raise self._damage(name, "is damaged: its content is not what the manifest lists")
        return data

    def path(self, name: str) -> Path:
        """The path of a file, verified; costs a look at its size and times where it has not changed since the last time.

        Raises:
            UserError: as `read`.
        """
        mark, path = self._mark(name), self.directory / name
        try:
            digest = (_digest if time.time_ns() - mark.changed > SETTLED else _digest.__wrapped__)(str(path), mark)
        except OSError as error:
            raise self._damage(name, _why(error)) from error
        if digest != self.listed[name].sha256:
            raise self._damage(name, "is damaged: its content is not what the manifest lists")
        return path

    @contextmanager
    def using(self, name: str) -> Iterator[Path]:
        """The verified path, for a block that parses the file; whatever goes wrong in there is told as damage to the file.

        Raises:
            UserError: as `read`, or naming what the block raised.
        """
        path = self.path(name)
        with self.parsing(name):
            yield path

    @contextmanager
    def parsing(self, name: str) -> Iterator[None]:
        """Whatever goes wrong in the block is told as damage to the file: parsers of foreign bytes raise anything.

        Raises:
            UserError: naming the file and what the block raised.
        """
        try:
            yield
        except UserError:
            raise
        except Unfit as error:
            raise self._damage(name, str(error)) from error
        except Exception as error:
            raise self._damage(name, f"cannot be read ({type(error).__name__})") from error

    def _mark(self, name: str) -> _Mark:
        if name not in self.listed:
            raise self._damage(name, "is not listed in the manifest")
        try:
            status = os.lstat(self.directory / name)
        except OSError as error:
            raise self._damage(name, _why(error)) from error
        if not stat.S_ISREG(status.st_mode):
            raise self._damage(name, "is not a regular file")
        if status.st_size != self.listed[name].bytes:
            raise self._damage(name, f"is damaged: it has {status.st_size:,} of {self.listed[name].bytes:,} bytes")
        return _mark(status)

    def _damage(self, name: str, what: str) -> UserError:
        return damage(self.directory, self.owner, f"{name} {what}")


class Unfit(ValueError):
    """A verified file says what cannot be; the message follows the file's name and holds no path."""


def file_info(path: Path) -> FileInfo:
    """What a file is now."""
    with _opened(path) as file:
        return FileInfo(bytes=os.fstat(file.fileno()).st_size, sha256=hashlib.file_digest(file, "sha256").hexdigest())


def _mark(status: os.stat_result) -> _Mark:
    return _Mark(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev)


@lru_cache(maxsize=1 << 17)
def _digest(path: str, mark: _Mark) -> str:
    """SHA-256 of the file that had this mark; remembered for all atlases, since they share parts of image stores."""
    with _opened(Path(path)) as file:
        if _mark(os.fstat(file.fileno())) != mark:
            raise OSError("it changed while it was opened")
        return hashlib.file_digest(file, "sha256").hexdigest()


def _opened(path: Path) -> BufferedReader:
    return open(path, "rb", opener=lambda name, _: os.open(name, _FLAGS))


def _why(error: OSError) -> str:
    return "is missing" if isinstance(error, FileNotFoundError) else f"cannot be opened ({error.strerror or error})"
