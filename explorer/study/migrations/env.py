"""Alembic's way in: it runs the migrations on the connection that `migrating.py` hands over, in that connection's transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
