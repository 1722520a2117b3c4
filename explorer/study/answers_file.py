"""The SQLite file that answers are kept in: made when the explorer starts, and known again by its identity at every use.

While the explorer serves, nothing makes the file: one that is missing, or another in its place, is an alarm and not a new study.
"""

import logging
import os
import secrets
import sqlite3
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from explorer.errors import UserError
from explorer.study.migrating import migrate

VERSION = 3  # of the file's tables, in its user_version; version 1 had no identity, version 2 no studies
WAIT = 2.0  # seconds for another writer, at most
WAIT_AT_START = 30  # seconds for other processes that start at the same time and make or migrate the same file
LOOK_AGAIN = 0.002  # seconds between two looks whether another writer is done
TOLD_AGAIN = 60.0  # seconds between two entries in the log that the file is held
PAUSED = "The study is paused because its answers cannot be reached; please come back later."
BUSY = "The study is busy; please try again in a moment."
_IDENTITY = "CREATE TABLE meta (id TEXT NOT NULL, secret BLOB NOT NULL) STRICT"

log = logging.getLogger(__name__)


class Identity(NamedTuple):
    """What one answers file has and no other."""

    id: str  # 128 random bits, hexadecimal
    secret: bytes  # signs participants' tokens


class _Place(NamedTuple):
    device: int
    inode: int


class AnswersFile:
    """One SQLite file, in WAL mode; safe to use from several threads and processes.

    Every use is a connection of its own, since one that is kept open writes on into a file that was deleted.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = create_engine("sqlite://", creator=lambda: _connect(path, "mode=rw", WAIT), poolclass=NullPool)
        event.listen(self._engine, "begin", _begin)
        self._known: Identity | None = None
        self._place: _Place | None = None  # where it stood last
        self._alarmed, self._busy_told, self._guard = False, -TOLD_AGAIN, threading.Lock()

    @property
    def secret(self) -> bytes:
        """What participants' tokens are signed with.

        Raises:
            UserError: if the file has never been made.
        """
        return self._identity().secret

    def make(self) -> None:
        """Make the file, with the directories above it, or bring one of version 1 to this version, in one transaction.

        Raises:
            UserError: if the file cannot be written, is no answers file, or is of another version.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.touch(mode=0o600)  # it holds the secret
            _place(self.path)
            self.path.chmod(0o600)  # one of version 1 was open to all
            with self._engine.connect() as connection:
                self._prepare(connection)
            with closing(_connect(self.path, "mode=rw", WAIT_AT_START)) as raw:
                _write_ahead(raw)
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the identity must stand in the file itself
            self._place, self._known = _place(self.path), _read_identity(self.path)
        except (sqlite3.Error, SQLAlchemyError, OSError) as error:
            how = "make it writable or set MONOSCOPE_ANSWERS to another, then start again"
            raise UserError(f"answers file {self.path}: {_cause(error)}; {how}", PAUSED) from error

    @contextmanager
    def opened(self, until: float | None = None, writes: bool = False) -> Iterator[Connection]:
        """A connection in a transaction. What was written is kept if the block ends without an error.

        Args:
            until: when to stop waiting for another writer, in seconds of `time.monotonic`; WAIT from now if None.
            writes: whether the block writes: it waits for another writer before it begins, and then nobody else writes.

        Raises:
            UserError: if the file is missing, another or damaged, or another writer holds it for too long.
        """
        known = self._identity()
        try:
            with self._connected(known, time.monotonic() + WAIT if until is None else until, writes) as connection:
                yield connection
        except (sqlite3.Error, SQLAlchemyError, OSError) as error:
            error = _cause(error)
            if _is_busy(error):
                raise self._busy() from error
            raise self._alarm(error) from error
        self._all_clear()

    @contextmanager
    def _connected(self, known: Identity, until: float, writes: bool) -> Iterator[Connection]:
        place = _place(self.path)
        if place != self._place and _read_identity(self.path) != known:  # before a connection mixes it with the other's log
            raise OSError("another file stands in its place")
        with self._engine.connect().execution_options(writes_until=until if writes else None) as connection:
            raw = _raw(connection)
            raw.execute(_busy_timeout(until))
            if _identity_in(raw) != known:
                raise OSError("another file was copied over it")
            with connection.begin():
                yield connection
            if _place(self.path) != place:
                raise OSError("it was taken away while it was written")
        self._place = place

    def _identity(self) -> Identity:
        if self._known is None:
            raise UserError(f"answers file {self.path} could not be made when Monoscope started: mend it and start again", PAUSED)
        return self._known

    def _prepare(self, connection: Connection) -> None:
        raw = _raw(connection)
        raw.execute(f"PRAGMA busy_timeout = {1000 * WAIT_AT_START}")
        connection = connection.execution_options(writes_until=time.monotonic() + WAIT_AT_START)
        with connection.begin():  # a file that cannot be written is told now
            version = _version(raw)
            if version > VERSION or (version == 0 and not _is_empty(raw)):
                content = f"of version {version}" if version else "a database of another program"
                raise UserError(f"answers file {self.path} is {content}, version {VERSION} is needed: name another file", PAUSED)
            if version:
                raw.execute("SELECT study, participant, pair FROM answers LIMIT 0").fetchall()
            if version == 1:
                raw.execute(_IDENTITY)
            migrate(connection)
            if version < 2:  # version 2 has one
                raw.execute("INSERT INTO meta VALUES (?, ?)", (secrets.token_hex(16), secrets.token_bytes(32)))
            raw.execute(f"PRAGMA user_version = {VERSION}")

    def _busy(self) -> UserError:
        message = (
            f"answers file {self.path} is held by another writer, so answers wait in vain: end it, or make its writes shorter"
        )
        with self._guard:
            now = time.monotonic()
            if now - self._busy_told > TOLD_AGAIN:
                log.warning(message)
                self._busy_told = now
        return UserError(message, BUSY)

    def _alarm(self, error: Exception) -> UserError:
        message = f"answers file {self.path}: {error}; the study is paused until the file is back as it was"
        with self._guard:
            if not self._alarmed:
                log.critical(message)
            self._alarmed = True
        return UserError(message, PAUSED)

    def _all_clear(self) -> None:
        with self._guard:
            if self._alarmed:
                log.warning("answers file %s is back: the study goes on", self.path)
            self._alarmed = False


def _write_ahead(raw: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; SQLite does not wait for others by itself here."""
    until = time.monotonic() + WAIT_AT_START
    while True:
        try:
            raw.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(0.05)


def _begin(connection: Connection) -> None:
    until = connection.get_execution_options().get("writes_until")
    if until is None:
        connection.exec_driver_sql("BEGIN")
    else:
        _begin_writing(_raw(connection), until)


def _begin_writing(raw: sqlite3.Connection, until: float) -> None:
    """Asks for the write lock again and again: SQLite, which waits up to 0.1 s between two looks, lets it lie idle."""
    raw.execute("PRAGMA busy_timeout = 0")
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
            break
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(LOOK_AGAIN)
    raw.execute(_busy_timeout(until))


def _busy_timeout(until: float) -> str:
    return f"PRAGMA busy_timeout = {max(0, round(1000 * (until - time.monotonic())))}"


def _is_busy(error: BaseException) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _raw(connection: Connection) -> sqlite3.Connection:
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def _cause(error: Exception) -> Exception:
    """SQLite's own error, without the statement that SQLAlchemy shows beside it."""
    return getattr(error, "orig", None) or error


def _connect(path: Path, mode: str, wait: float) -> sqlite3.Connection:
    """Autocommit; never makes the file."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=wait, isolation_level=None)


def _place(path: Path) -> _Place:
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is not a regular file")
    return _Place(status.st_dev, status.st_ino)


def _read_identity(path: Path) -> Identity:
    """From the file alone: its log, and locks, may be those of the file that stood here before."""
    with closing(_connect(path, "mode=ro&immutable=1", 0)) as connection:
        return _identity_in(connection)


def _identity_in(connection: sqlite3.Connection) -> Identity:
    row = connection.execute("SELECT id, secret FROM meta").fetchone()
    if row is None:
        raise sqlite3.DatabaseError("it has no identity")
    return Identity(*row)


def _version(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


def _is_empty(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
