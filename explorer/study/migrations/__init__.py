"""The database's versions, as Alembic migrations: from none, or from any older one, to this one."""
