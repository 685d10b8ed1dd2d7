# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs migrations over the connection that ``database.schema`` hands in."""

from __future__ import annotations

from alembic import context
from sqlalchemy import MetaData

# As the models name them. SQLite gives keys no names, and no file of an older desk has any.
_NAMES = {
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

connection = context.config.attributes["connection"]
named = MetaData(naming_convention=_NAMES) if connection.dialect.name == "postgresql" else None
context.configure(connection=connection, target_metadata=named, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
