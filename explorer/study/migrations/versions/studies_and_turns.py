"""Studies that are kept, turns of participants, and answers of more kinds; answers that are there keep their study's old name."""

import sqlalchemy as sa
from alembic import op

from explorer.study.tables import ANSWERS, CONSENTS, STUDIES, TURNS

revision, down_revision = "studies_and_turns", "answers_alone"

_ADDED = "'pair' AS kind, 'server' AS clock, 0 AS revision"


def upgrade() -> None:
    op.rename_table("answers", "answers_before")
    connection = op.get_bind()
    for table in (STUDIES, CONSENTS, TURNS, ANSWERS):
        table.create(connection)
    op.execute(sa.text(f"INSERT INTO answers SELECT *, {_ADDED} FROM answers_before"))
    op.drop_table("answers_before")
