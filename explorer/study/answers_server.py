"""The PostgreSQL database that answers are kept in, where MONOSCOPE_ANSWERS is a URL: `postgresql://user:password@host/name`."""

import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from sqlalchemy import Connection, Engine, create_engine, insert, make_url, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from explorer.errors import UserError
from explorer.study.answers_file import BUSY, PAUSED, WAIT, Identity
from explorer.study.migrating import migrate
from explorer.study.tables import META

CONNECTIONS = 5  # of the study's four threads, and of the one that writes
_MIGRATING = 2504_02821  # names the lock that one migration holds: processes that start at once make one database

log = logging.getLogger(__name__)


class AnswersServer:
    """One PostgreSQL database; safe to use from several threads, processes and hosts.

    Args:
        url: `postgresql://…`; its password is never shown.

    Raises:
        UserError: if it is no such URL.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError as error:
            raise UserError("MONOSCOPE_ANSWERS: asked for a file's path, or postgresql://user:password@host/name") from error
        if parsed.get_backend_name() != "postgresql":
            raise UserError(f"MONOSCOPE_ANSWERS: asked for a file's path or a postgresql:// URL, got {parsed.drivername}://")
        if find_spec("psycopg") is None:
            raise UserError(
                "MONOSCOPE_ANSWERS names a PostgreSQL database: pip install -r requirements-study.txt, or monoscope[study]"
            )
        self.path = parsed.render_as_string(hide_password=True)
        self._engine: Engine = create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_timeout=WAIT,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 5},
        )
        self._known: Identity | None = None
        self._alarmed = False

    @property
    def secret(self) -> bytes:
        """What participants' tokens are signed with.

        Raises:
            UserError: if the database has never been reached.
        """
        return self._identity().secret

    def make(self) -> None:
        """Make the tables, or bring them to this version, in one transaction.

        Raises:
            UserError: if the database cannot be reached or written.
        """
        try:
            with self._engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(:name)"), {"name": _MIGRATING})
                migrate(connection)
                if connection.execute(select(META)).first() is None:
                    connection.execute(insert(META).values(id=secrets.token_hex(16), secret=secrets.token_bytes(32)))
                self._known = _identity_in(connection)
        except SQLAlchemyError as error:
            message = f"answers database {self.path}: {_first_line(error)}; start it, or set MONOSCOPE_ANSWERS to another"
            raise UserError(message, PAUSED) from error

    @contextmanager
    def opened(self, until: float | None = None, writes: bool = False) -> Iterator[Connection]:
        """A connection in a transaction. What was written is kept if the block ends without an error.

        Args:
            until: when to stop waiting for a lock, in seconds of `time.monotonic`; WAIT from now if None.
            writes: of no meaning here; readers and writers do not wait for each other.

        Raises:
            UserError: if the database cannot be reached, is another, or a lock is held for too long.
        """
        known = self._identity()
        wait = WAIT if until is None else max(0.05, until - time.monotonic())
        try:
            with self._engine.begin() as connection:
                connection.execute(text(f"SET LOCAL lock_timeout = {round(1000 * wait)}"))
                if _identity_in(connection) != known:
                    raise UserError(f"answers database {self.path} is another one: the study is paused", PAUSED)
                yield connection
            if self._alarmed:
                log.warning("answers database %s is back: the study goes on", self.path)
                self._alarmed = False
        except SQLAlchemyError as error:
            busy = isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", "") == "55P03"  # lock_not_available
            message = f"answers database {self.path}: {_first_line(error)}"
            if not self._alarmed:  # it is asked every second which studies run
                log.critical(message)
                self._alarmed = True
            raise UserError(message, BUSY if busy else PAUSED) from error

    def _identity(self) -> Identity:
        if self._known is None:
            message = f"answers database {self.path} could not be reached when Monoscope started: mend it and start again"
            raise UserError(message, PAUSED)
        return self._known


def _identity_in(connection: Connection) -> Identity | None:
    row = connection.execute(select(META)).first()
    return None if row is None else Identity(row.id, bytes(row.secret))


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().split("\n")[0]
