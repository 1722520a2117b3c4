"""Visitors' pictures on disk: a directory of this process alone, where each lies under a name that only its sender was told.

A visitor never names a file: an upload is answered with an opaque name (`upload-` and 128 random bits), and that name is all
that handlers take. Files go after an hour, with the process, and, where a process was killed, at the next start.
"""

import logging
import os
import re
import secrets
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from explorer.atlas.picture_limits import VISITOR
from explorer.atlas.picture_limits import Limits as PictureLimits
from explorer.errors import VisitorError
from explorer.ui import text

log = logging.getLogger(__name__)

KEPT_S = 3300.0  # files go at the next sweep, five minutes later at most: within the hour that the Image page promises
NAME = re.compile(r"upload-[0-9a-f]{32}")
VIEW = ".view"  # after an upload's name: a small picture of it
LEAST = 64 * 1024  # bytes that an upload counts at least: small ones take place, too
STARTING = "starting"
LOCK = "in-use"  # held by the living process that a directory belongs to


class Upload(NamedTuple):
    """What is kept of an upload besides its bytes."""

    sender: str  # as `explorer.ui.gate.visitors` names visitors
    size: int  # bytes
    arrived: float  # time.monotonic


class Uploads:
    """The pictures that visitors sent to this process.

    Args:
        largest: bytes of one picture.
        of_one: bytes that one visitor may have here at once.
        of_all: bytes that may lie here at once.
        root: where the directories of all processes are; in the system's temporary directory if None.
        pictures: what they may be like.
    """

    def __init__(
        self, largest: int, of_one: int, of_all: int, root: Path | None = None, pictures: PictureLimits = VISITOR
    ) -> None:
        self.pictures = pictures
        self.largest, self.of_one, self.of_all = largest, of_one, of_all
        self._known: dict[str, Upload] = {}
        self._coming: dict[str, Upload] = {}
        self._guard = threading.Lock()
        root = root or Path(tempfile.gettempdir()) / f"monoscope-uploads-{os.getuid()}"
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_own(root)
        with FileLock(root / STARTING):  # one process at a time: none takes another's new directory for a dead one's
            _remove_left_behind(root)
            self.directory = Path(tempfile.mkdtemp(prefix="process-", dir=root))
            self._lock = FileLock(self.directory / LOCK)
            self._lock.acquire()

    @contextmanager
    def reserved(self, sender: str, size: int) -> Iterator[None]:
        """Hold place for a picture that is still coming; it is given back at the end, when `keep` has taken its own.

        Raises:
            VisitorError: if it is too large, or its sender or everybody together would have too much here.
        """
        name = secrets.token_hex(8)
        with self._guard:
            self._forget_old()
            self._refuse_excess(size, sender)
            self._coming[name] = Upload(sender, size, time.monotonic())
        try:
            yield
        finally:
            with self._guard:
                del self._coming[name]

    def keep(self, data: bytes, sender: str) -> str:
        """Keep a picture; gives the name it is asked for by.

        Raises:
            VisitorError: as `reserved`, or if it cannot be written.
        """
        name, size = f"upload-{secrets.token_hex(16)}", max(len(data), LEAST)
        with self._guard:
            self._forget_old()
            self._refuse_excess(size, sender)
            self._known[name] = Upload(sender, size, time.monotonic())
        try:
            self.directory.mkdir(mode=0o700, exist_ok=True)  # what tidies temporary directories may have taken it
            self._write(name, data)
        except OSError as error:
            log.error("an upload cannot be kept in %s: %s", self.directory, error)
            with self._guard:
                self._remove(name)
            raise VisitorError(text.UPLOADS_OF_ALL_FULL) from error
        return name

    def keep_view(self, name: str, data: bytes) -> None:
        """Keep beside an upload a small picture of it, so that drawing a page again unpacks nothing large."""
        with self._guard:
            if name in self._known:
                self._write(name + VIEW, data)

    def read(self, name: object) -> bytes:
        """The bytes of an upload of this process.

        Raises:
            VisitorError: the same sentence for whatever is none: nothing else is opened, or told about.
        """
        if not isinstance(name, str) or not NAME.fullmatch(name) or not self._is_kept(name):
            raise VisitorError(text.NO_UPLOAD)
        return self._read(self.directory / name)

    def view(self, name: str) -> bytes:
        """What `keep_view` kept of an upload.

        Raises:
            VisitorError: as `read`.
        """
        if not self._is_kept(name):
            raise VisitorError(text.NO_UPLOAD)
        return self._read(self.directory / (name + VIEW))

    def close(self) -> None:
        """Delete all of them, and the directory."""
        with self._guard:
            self._known.clear()
            self._lock.release()
            shutil.rmtree(self.directory, ignore_errors=True)

    def sweep(self) -> None:
        """Delete what is older than KEPT_S."""
        with self._guard:
            self._forget_old()

    def _write(self, name: str, data: bytes) -> None:
        descriptor = os.open(self.directory / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)

    def _read(self, path: Path) -> bytes:
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise VisitorError(text.NO_UPLOAD)
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                return file.read(self.largest)
        except OSError as error:
            raise VisitorError(text.NO_UPLOAD) from error

    def _forget_old(self) -> None:
        until = time.monotonic() - KEPT_S
        for name in [name for name, upload in self._known.items() if upload.arrived < until]:
            self._remove(name)

    def _remove(self, name: str) -> None:
        del self._known[name]
        for path in (self.directory / name, self.directory / (name + VIEW)):
            path.unlink(missing_ok=True)

    def _is_kept(self, name: str) -> bool:
        upload = self._known.get(name)
        return upload is not None and upload.arrived >= time.monotonic() - KEPT_S

    def _refuse_excess(self, size: int, sender: str) -> None:
        if size > self.largest:
            raise VisitorError(text.UPLOAD_TOO_LARGE.format(largest=self.largest // 10**6))
        here = [*self._known.values(), *self._coming.values()]
        if size + sum(upload.size for upload in here if upload.sender == sender) > self.of_one:
            raise VisitorError(text.UPLOADS_OF_ONE_FULL)
        if size + sum(upload.size for upload in here) > self.of_all:
            raise VisitorError(text.UPLOADS_OF_ALL_FULL)


def _require_own(root: Path) -> None:
    """Another user of a shared host may have made the directory first, to read or swap what comes to lie in it."""
    about = root.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
        raise PermissionError(f"{root} is not a directory of this user alone: remove it, or set TMPDIR to another place")


def _remove_left_behind(root: Path) -> None:
    """Remove the directories whose process is gone: nobody holds their lock."""
    for directory in _directories(root):
        lock = FileLock(directory / LOCK, blocking=False)
        try:
            with lock:
                shutil.rmtree(directory, ignore_errors=True)
        except (Timeout, OSError):
            continue  # its process lives, or is removing it this moment


def _directories(root: Path) -> Iterator[Path]:
    return (path for path in root.glob("process-*") if path.is_dir() and not path.is_symlink())
