# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes whole tickets by the thousand: for demo desks and imports, where rows pass by once.

The rows hold what the columns hold (ranks, microseconds), so that nothing but SQLite stands
between them and the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import NamedTuple

from helpdesk.core.errors import ReadOnly
from helpdesk.database.db_manager import READ_ONLY_SENTENCE, DbManager
from helpdesk.database.faults import translated
from helpdesk.database.fulltext import INSERT_SQL, requester_word

_TICKETS_AT_ONCE = 2_000
_CACHE_KIB = 64_000
_SORTER_KIB = 16_000
# Each word of this many bytes is gathered before it is written: fewer, larger index segments.
_SEARCH_BYTES = 32 * 1024 * 1024
_SEARCH_BYTES_BY_DEFAULT = 1024 * 1024


class Account(NamedTuple):
    """What finds an account and tells what it may be given."""

    id: int
    username_folded: str
    full_name_folded: str
    email: str | None
    role: str
    active: bool


class CategoryRow(NamedTuple):
    """A row of ``category``."""

    id: int
    name: str
    name_folded: str
    active: bool


class UserRow(NamedTuple):
    """A row of ``user``."""

    id: int
    username: str
    username_folded: str
    full_name: str
    full_name_folded: str
    email: str | None
    role: str
    active: bool
    password_hash: str | None
    password_one_time: bool
    created_at: int
    last_sign_in_at: int | None
    version: int


class TicketRow(NamedTuple):
    """A row of ``ticket``."""

    id: int
    version: int
    status: int
    priority: int
    category_id: int | None
    requester_id: int
    assignee_id: int | None
    created_at: int
    updated_at: int
    first_response_due: int
    first_responded_at: int | None
    resolution_due: int
    resolved_at: int | None
    closed_at: int | None
    replies: int
    notes: int
    source: str
    subject: str
    description: str


class CommentRow(NamedTuple):
    """A row of ``comment``; the database gives the id."""

    ticket_id: int
    author_id: int
    by_staff: bool
    internal: bool
    created_at: int
    body: str


class EventRow(NamedTuple):
    """A row of ``event``; the database gives the id."""

    ticket_id: int
    actor_id: int | None
    at: int
    kind: str
    field: str | None = None
    old: str | None = None
    new: str | None = None


SearchRow = tuple[int, str, str, str, str, str]


def _insertion(table: str, row: type[tuple[object, ...]]) -> str:
    columns: tuple[str, ...] = row._fields  # type: ignore[attr-defined]
    places = ", ".join("?" * len(columns))
    # The names come from the classes above, never from outside.
    return f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({places})'  # noqa: S608


_INSERT_CATEGORY = _insertion("category", CategoryRow)
_INSERT_USER = _insertion("user", UserRow)
_INSERT_TICKET = _insertion("ticket", TicketRow)
_INSERT_COMMENT = _insertion("comment", CommentRow)
_INSERT_EVENT = _insertion("event", EventRow)


class BulkView:
    """Reads what a load has to know of the desk."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Bind to a connection inside a transaction."""
        self._connection = connection

    def accounts(self) -> Iterator[Account]:
        """Return every account."""
        columns = ", ".join(Account._fields)
        rows = self._connection.execute(f'SELECT {columns} FROM "user"')  # noqa: S608 - our names
        return map(Account._make, rows)

    def categories(self) -> dict[str, int]:
        """Return the ids of the categories by their folded names, retired ones too."""
        return dict(self._connection.execute("SELECT name_folded, id FROM category"))

    def fact(self, name: str) -> str | None:
        """Return a fact of the desk, or ``None``."""
        statement = "SELECT value FROM desk_fact WHERE name = ?"
        row = self._connection.execute(statement, (name,)).fetchone()
        return row[0] if row else None


class BulkLoad(BulkView):
    """Takes tickets in the order of their ids and writes them in batches, search text included."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Bind to a connection inside a writing transaction."""
        super().__init__(connection)
        self._tickets: list[TicketRow] = []
        self._comments: list[CommentRow] = []
        self._events: list[EventRow] = []
        self._texts: list[SearchRow] = []

    def next_id(self, table: str) -> int:
        """Return the id that the next row of a table may have."""
        statement = f'SELECT coalesce(max(id), 0) + 1 FROM "{table}"'  # noqa: S608 - our own names
        return int(self._connection.execute(statement).fetchone()[0])

    def add_categories(self, categories: Sequence[CategoryRow]) -> None:
        """Write categories; they must stand there before the tickets that name them."""
        self._connection.executemany(_INSERT_CATEGORY, categories)

    def set_fact(self, name: str, value: str) -> None:
        """Keep a fact of the desk."""
        statement = "INSERT OR REPLACE INTO desk_fact (name, value) VALUES (?, ?)"
        self._connection.execute(statement, (name, value))

    def add_users(self, users: Sequence[UserRow]) -> None:
        """Write accounts; they must stand there before the tickets that name them."""
        self._connection.executemany(_INSERT_USER, users)

    def add_ticket(
        self, ticket: TicketRow, comments: Sequence[CommentRow], events: Sequence[EventRow]
    ) -> None:
        """Take a ticket with its thread and history, in the order they came about."""
        self._tickets.append(ticket)
        self._comments += comments
        self._events += events
        self._texts.append(_search_row(ticket, comments))
        if len(self._tickets) >= _TICKETS_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what has been taken."""
        for statement, rows in (
            (_INSERT_TICKET, self._tickets),
            (_INSERT_COMMENT, self._comments),
            (_INSERT_EVENT, self._events),
            (INSERT_SQL, self._texts),
        ):
            self._connection.executemany(statement, rows)
            rows.clear()


@contextmanager
def bulk_reading(database: DbManager) -> Iterator[BulkView]:
    """Yield a view of one consistent state of the desk."""
    with database.steady(), closing(database.connect()) as connection:
        connection.execute("BEGIN")
        yield BulkView(connection)


@contextmanager
def bulk_loading(database: DbManager, *, fresh: bool = False) -> Iterator[BulkLoad]:
    """Yield a load in one writing transaction; whatever leaves the block undoes all of it.

    A ``fresh`` file, which is empty and nobody else knows, is written without a log to copy it
    from, and its indexes are built after the rows. Raises what ``DbManager.writing`` raises.
    """
    if database.read_only:
        raise ReadOnly(READ_ONLY_SENTENCE)
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
        dropped = _drop_indexes(connection) if fresh else []
        _gather_search_bytes(connection, _SEARCH_BYTES)
        load = BulkLoad(connection)
        yield load
        load.flush()
        _gather_search_bytes(connection, _SEARCH_BYTES_BY_DEFAULT)
        # A sorter takes as much memory as the cache may.
        connection.execute(f"PRAGMA cache_size=-{_SORTER_KIB}")
        for statement in dropped:
            connection.execute(statement)
        connection.execute("PRAGMA analysis_limit=1000")
        connection.execute("ANALYZE")
        connection.execute("COMMIT")


def _search_row(ticket: TicketRow, comments: Sequence[CommentRow]) -> SearchRow:
    # The same text as fulltext.add_comment makes, one comment after the other.
    replies = "".join(f"\n{comment.body}" for comment in comments if not comment.internal)
    notes = "".join(f"\n{comment.body}" for comment in comments if comment.internal)
    owner = requester_word(ticket.requester_id)
    return ticket.id, ticket.subject, ticket.description, replies, notes, owner


def _drop_indexes(connection: sqlite3.Connection) -> list[str]:
    """Drop the indexes that slow a load down and return the statements that make them again."""
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('ticket', 'comment', 'event')"
    ).fetchall()
    for name, _ in found:
        connection.execute(f'DROP INDEX "{name}"')
    return [sql for _, sql in found]


def _gather_search_bytes(connection: sqlite3.Connection, limit: int) -> None:
    connection.execute(
        "INSERT INTO ticket_search (ticket_search, rank) VALUES ('hashsize', ?)", (limit,)
    )
