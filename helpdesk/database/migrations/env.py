# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs migrations over the connection that ``database.schema`` hands in."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
