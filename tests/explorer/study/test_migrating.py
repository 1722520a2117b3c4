"""Older databases are brought to what new ones are, with all that is in them."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, select, text

from explorer.study.migrating import TRACK, migrate
from explorer.study.tables import ANSWERS, METADATA

ROW = ("s", "anna", 3, "dino", "a", 1, 0.5, "b", 2, 0.25, "first", "second", 1500, "2026-11-23T10:00:00.000+00:00")


def _described(connection):
    found = inspect(connection)
    return {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in found.get_columns(table)],
            found.get_pk_constraint(table)["constrained_columns"],
        )
        for table in sorted(found.get_table_names())
        if table != TRACK
    }


def test_a_migrated_database_is_as_a_new_one_and_keeps_its_answers(tmp_path):
    with create_engine("sqlite://").begin() as new, create_engine("sqlite://").begin() as old:
        migrate(new)
        _make_version_2(old)
        migrate(old)
        assert _described(old) == _described(new)
        assert compare_metadata(MigrationContext.configure(old), METADATA) == []
        assert [tuple(row) for row in old.execute(select(ANSWERS))] == [(*ROW, "pair", "server", 0)]
        migrate(old)  # again: nothing
        assert len(old.execute(select(ANSWERS)).all()) == 1


def _make_version_2(connection):
    """By hand, as Monoscope wrote it."""
    names = [column.name for column in ANSWERS.columns][: len(ROW)]
    types = {int: "INTEGER", float: "REAL", str: "TEXT"}
    columns = ", ".join(f"{name} {types[type(value)]} NOT NULL" for name, value in zip(names, ROW, strict=True))
    connection.execute(text(f"CREATE TABLE answers ({columns}, PRIMARY KEY (study, participant, pair)) STRICT, WITHOUT ROWID"))
    connection.execute(text("CREATE TABLE meta (id TEXT NOT NULL, secret BLOB NOT NULL) STRICT"))
    values = ", ".join(f":{name}" for name in names)
    connection.execute(text(f"INSERT INTO answers VALUES ({values})"), dict(zip(names, ROW, strict=True)))
