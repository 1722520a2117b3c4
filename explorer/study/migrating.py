"""Bring a database to this version, in one transaction of the caller: a new one at once, an older one by Alembic's migrations."""

from pathlib import Path

from sqlalchemy import Connection, inspect, select, text

from explorer.errors import UserError
from explorer.study.tables import METADATA

HEAD = "studies_and_turns"  # the last migration
FIRST = "answers_alone"  # what a file is at that has answers and was never migrated
TRACK = "alembic_version"


def migrate(connection: Connection) -> None:
    """Make the tables, or bring older ones to this version.

    Raises:
        UserError: if they are of a newer version.
        sqlalchemy.exc.DBAPIError: if a table is not as it should be.
    """
    tables = set(inspect(connection).get_table_names())
    if not {TRACK, "answers"} & tables:
        METADATA.create_all(connection)
        connection.execute(text(f"CREATE TABLE {TRACK} (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text(f"INSERT INTO {TRACK} VALUES ('{HEAD}')"))
    elif TRACK not in tables or (found := connection.scalar(text(f"SELECT version_num FROM {TRACK}"))) == FIRST:
        _upgrade(connection, "answers" in tables and TRACK not in tables)
    elif found != HEAD:
        raise UserError(f"the answers' database is at {found}, this Monoscope knows up to {HEAD}: use a newer one")
    for table in METADATA.sorted_tables:
        connection.execute(select(table).limit(0)).all()


def _upgrade(connection: Connection, has_answers: bool) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    if has_answers:
        command.stamp(config, FIRST)
    command.upgrade(config, HEAD)
