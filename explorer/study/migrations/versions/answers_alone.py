"""Answers and the database's identity: the tables of answers files of version 2."""

import sqlalchemy as sa
from alembic import op

from explorer.study.tables import NUMBER

revision, down_revision = "answers_alone", None

_TEXTS = ("study", "participant", "similarity", "first_atlas", "second_atlas", "on_left", "chosen", "answered")
_NUMBERS = ("first_ms", "second_ms")
_NAMES = (
    *("study", "participant", "pair", "similarity", "first_atlas", "first_neuron", "first_ms"),
    *("second_atlas", "second_neuron", "second_ms", "on_left", "chosen", "milliseconds", "answered"),
)


def upgrade() -> None:
    op.create_table(
        "answers",
        *(sa.Column(name, _type(name), nullable=False) for name in _NAMES),
        sa.PrimaryKeyConstraint("study", "participant", "pair"),
        sqlite_strict=True,
    )
    op.create_table(
        "meta",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("secret", sa.LargeBinary, nullable=False),
        sqlite_strict=True,
    )


def _type(name: str) -> sa.types.TypeEngine:
    return sa.Text() if name in _TEXTS else NUMBER if name in _NUMBERS else sa.Integer()
