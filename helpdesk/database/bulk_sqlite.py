# SPDX-License-Identifier: GPL-3.0-or-later
"""Bulk loading into an SQLite file, with pragmas of its own and large pieces of search index."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager

from sqlalchemy import Connection

from helpdesk.database import article_search, search_pieces
from helpdesk.database.article_search import ArticleText
from helpdesk.database.bulk import BulkConnection, Row, TicketText, refused
from helpdesk.database.faults import translated
from helpdesk.database.fulltext import INSERT_SQL, requester_word, watcher_word
from helpdesk.database.sqlite_manager import SqliteManager

_CACHE_KIB = 64_000
_SORTER_KIB = 16_000


class SqliteBulk(BulkConnection):
    """A bare connection to a file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Bind to a connection inside a transaction."""
        self._connection = connection

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the names of a table's columns."""
        found = self._connection.execute(f'SELECT * FROM "{table}" LIMIT 0')  # noqa: S608 - ours
        return tuple(column[0] for column in found.description)

    def kinds(self, table: str) -> tuple[type, ...]:
        """Return what a table's columns hold; the file itself would take anything anywhere."""
        found = self._connection.execute("SELECT type FROM pragma_table_info(?)", (table,))
        return tuple(_kind(type_) for (type_,) in found)

    def rows(self, table: str, columns: Sequence[str], order: Sequence[str] = ()) -> Iterator[Row]:
        """Yield every row, a few at a time in memory."""
        statement = f'SELECT {_named(columns)} FROM "{table}"'  # noqa: S608 - our own names
        if order:
            statement += f" ORDER BY {_named(order)}"
        return iter(self._connection.execute(statement))

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return self._number(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - our own names

    def largest_id(self, table: str, column: str = "id") -> int:
        """Return the largest id of a table, 0 where there is none."""
        return self._number(f'SELECT coalesce(max("{column}"), 0) FROM "{table}"')  # noqa: S608 - ours

    def fact(self, name: str) -> str | None:
        """Return a fact of the desk, or ``None``."""
        statement = "SELECT value FROM desk_fact WHERE name = ?"
        row = self._connection.execute(statement, (name,)).fetchone()
        return row[0] if row else None

    def set_fact(self, name: str, value: str) -> None:
        """Keep a fact of the desk."""
        statement = "INSERT OR REPLACE INTO desk_fact (name, value) VALUES (?, ?)"
        self._connection.execute(statement, (name, value))

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Write rows as they come. Raises ``Damaged`` for one that breaks the table's rules."""
        places = ", ".join("?" * len(columns))
        statement = f'INSERT INTO "{table}" ({_named(columns)}) VALUES ({places})'  # noqa: S608
        try:
            self._connection.executemany(statement, rows)
        except sqlite3.IntegrityError as error:
            raise refused(table) from error

    def number_on(self) -> None:
        """Do nothing: a new row gets the number after the largest."""

    def index(self, texts: Iterable[TicketText]) -> None:
        """Let tickets be found by their texts."""
        rows = (
            (t.ticket_id, t.subject, t.description, t.replies, t.notes, _owner(t)) for t in texts
        )
        self._connection.executemany(INSERT_SQL, rows)

    def index_articles(self, texts: Iterable[ArticleText]) -> None:
        """Let articles be found by their texts."""
        rows = map(article_search.sqlite_row, texts)
        self._connection.executemany(article_search.INSERT_SQL, rows)

    def _number(self, statement: str) -> int:
        return int(self._connection.execute(statement).fetchone()[0])


@contextmanager
def reading(database: SqliteManager) -> Iterator[SqliteBulk]:
    """Yield a connection that reads one state of the desk."""
    with database.steady(), closing(database.connect()) as connection:
        connection.execute("BEGIN")
        yield SqliteBulk(connection)


def loading_over(connection: Connection) -> SqliteBulk:
    """Return a bulk connection within a transaction that somebody else ends."""
    driver: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    return SqliteBulk(driver)


@contextmanager
def loading(database: SqliteManager, *, fresh: bool) -> Iterator[SqliteBulk]:
    """Yield a connection that writes; it commits when the block ends well."""
    if fresh:
        database.dispose()
    with translated(database.path), closing(database.connect()) as connection:
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        # Sorting the rows of a million tickets for an index must not happen in memory.
        connection.execute("PRAGMA temp_store=FILE")
        if fresh:
            connection.execute("PRAGMA journal_mode=DELETE")
        # Closing the connection rolls back; an explicit ROLLBACK could hide the first error.
        connection.execute("BEGIN IMMEDIATE")
        dropped = _take_away(connection) if fresh else []
        for table in search_pieces.TABLES:
            search_pieces.begin_load(connection, table, fresh=fresh)
        yield SqliteBulk(connection)
        for table in search_pieces.TABLES:
            search_pieces.end_load(connection, table, fresh=fresh)
        # A sorter takes as much memory as the cache may.
        connection.execute(f"PRAGMA cache_size=-{_SORTER_KIB}")
        for statement in dropped:
            connection.execute(statement)
        connection.execute("PRAGMA analysis_limit=1000")
        connection.execute("ANALYZE")
        connection.execute("COMMIT")


def _kind(type_: str) -> type:
    if type_.startswith(("TEXT", "VARCHAR")):
        return str
    return bytes if type_ == "BLOB" else int


def _named(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _owner(text: TicketText) -> str:
    followers = (watcher_word(int(each)) for each in text.watchers.split())
    return " ".join((requester_word(text.requester_id), *followers))


def _take_away(connection: sqlite3.Connection) -> list[str]:
    """Drop the indexes that slow a load down, and return the statements that make them again.

    So it is with the guard of the audit log's order: what is missing there is copied as it is.
    """
    found = connection.execute(
        "SELECT type, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('ticket', 'comment', 'event') OR name = 'audit_entry_in_order'"
    ).fetchall()
    for kind, name, _ in found:
        connection.execute(f'DROP {kind} "{name}"')
    return [sql for _, _, sql in found]
