"""The tables that studies and answers are kept in, for SQLite and PostgreSQL; `migrations/` brings older ones here."""

from sqlalchemy import REAL, Column, Double, Integer, LargeBinary, MetaData, PrimaryKeyConstraint, Table, Text

METADATA = MetaData()
NUMBER = Double().with_variant(REAL(), "sqlite")  # the one name for it that strict tables know


def _table(name: str, *parts: Column | PrimaryKeyConstraint) -> Table:
    return Table(name, METADATA, *parts, sqlite_strict=True)


def _text(name: str) -> Column:
    return Column(name, Text, nullable=False)


def _whole(name: str) -> Column:
    return Column(name, Integer, nullable=False)


def _number(name: str) -> Column:
    return Column(name, NUMBER, nullable=False)


# What one database has and no other: 128 random bits, and the secret that signs participants' tokens.
META = _table("meta", _text("id"), Column("secret", LargeBinary, nullable=False))

STUDIES = _table(
    "studies",
    Column("name", Text, primary_key=True),
    _text("plan"),  # JSON, see `plan.py`; never changed
    _text("state"),  # draft, open, paused or closed
    _text("created"),
)

# Who agreed to which text: a participant is somebody who did.
CONSENTS = _table(
    "consents",
    *(_text("study"), _text("participant"), _text("consent"), _text("given")),
    PrimaryKeyConstraint("study", "participant"),
)

# Who is shown what: a row for each pair that a participant was given. The only rows that change, besides a study's state.
TURNS = _table(
    "turns",
    _text("study"),
    _text("participant"),
    _whole("step"),
    _whole("pair"),
    _text("kind"),  # practice, gold, pair or repeat
    Column("ticket", Text, nullable=False, unique=True),  # names it on the participant's page
    _text("on_left"),
    _number("given"),  # seconds since 1970
    _whole("done"),  # 0 or 1
    PrimaryKeyConstraint("study", "participant", "pair", "kind"),
)

# Answers: rows are added and never changed.
ANSWERS = _table(
    "answers",
    *(_text("study"), _text("participant"), _whole("pair"), _text("similarity")),
    *(_text("first_atlas"), _whole("first_neuron"), _number("first_ms")),
    *(_text("second_atlas"), _whole("second_neuron"), _number("second_ms")),
    *(_text("on_left"), _text("chosen"), _whole("milliseconds"), _text("answered")),
    *(_text("kind"), _text("clock"), _whole("revision")),
    PrimaryKeyConstraint("study", "participant", "pair", "kind", "revision"),
)
