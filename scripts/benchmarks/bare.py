# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection without the program that takes the same statements on both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.postgres_desk import postgres_desk
from benchmarks.postgres_limits import as_postgres
from benchmarks.sized_desk import SizedDesk
from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core import settings as settings_module
from helpdesk.database.db_manager import database_at

Rows = list[tuple[Any, ...]]


class Bare:
    """Runs statements that are written for SQLite."""

    def __init__(self, connection: sqlite3.Connection | psycopg.Connection) -> None:
        """Bind to a connection that commits each statement, if no transaction is begun."""
        self._connection = connection
        self.is_file = isinstance(connection, sqlite3.Connection)

    def rows(self, statement: str, *values: object) -> Rows:
        """Run a statement and return its rows."""
        if isinstance(self._connection, sqlite3.Connection):
            return self._connection.execute(statement, values).fetchall()
        found = self._connection.execute(as_postgres(statement), values)
        return list(found.fetchall()) if found.description else []

    def many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement for each of some rows."""
        if isinstance(self._connection, sqlite3.Connection):
            self._connection.executemany(statement, rows)
        else:
            self._connection.cursor().executemany(as_postgres(statement), rows)


@contextmanager
def on_file(desk: SizedDesk) -> Iterator[tuple[EmbeddedDesk, Bare]]:
    """Yield the desk on SQLite, with a connection to it."""
    with desk.opened() as embedded, closing(desk.bare()) as bare:
        yield embedded, Bare(bare)


@contextmanager
def on_postgres(desk: SizedDesk, keep: Path) -> Iterator[tuple[EmbeddedDesk, Bare]]:
    """Yield a copy of the desk on PostgreSQL, with a connection to it."""
    with postgres_desk(desk, keep) as url, closing(psycopg.connect(url, autocommit=True)) as bare:
        embedded = EmbeddedDesk(database_at(url), settings_module.load(desk.folder))
        try:
            yield embedded, Bare(bare)
        finally:
            embedded.close()
