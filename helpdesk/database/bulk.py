# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes whole tickets by the thousand: for demo desks, imports and copies of a desk.

The rows hold what the columns hold (ranks, microseconds), so that nothing but the driver
stands between them and the database.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple, Protocol, cast

from sqlalchemy import Connection

from helpdesk.core.errors import Damaged, ReadOnly
from helpdesk.database.article_search import ArticleText
from helpdesk.database.db_manager import READ_ONLY_SENTENCE, DbManager
from helpdesk.database.sqlite_manager import SqliteManager

TICKETS_AT_ONCE = 2_000

_REFUSED = (
    "The table {table} has a row that breaks its rules, so that nothing was written;"
    " look for damage in what it comes from with: helpdesk check-db."
)

Row = tuple[Any, ...]


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
    reopens: int = 0


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


class RatingRow(NamedTuple):
    """A row of ``rating``; the database gives the id."""

    ticket_id: int
    round: int
    score: int
    reason: str | None
    comment: str
    at: int
    by_mail: bool
    changes: int = 0


class TicketText(NamedTuple):
    """What a ticket is found by; each comment of ``replies`` and ``notes`` begins a new line.

    The tags end the subject, as a line; ``watchers`` are numbers with blanks between.
    """

    ticket_id: int
    requester_id: int
    subject: str
    description: str
    replies: str
    notes: str
    watchers: str = ""


class RowSource(Protocol):
    """Has the rows of a desk's tables: a database, or an export of one."""

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the names of a table's columns."""

    def rows(self, table: str, columns: Sequence[str], order: Sequence[str] = ()) -> Iterator[Row]:
        """Yield every row, a few at a time in memory."""

    def count(self, table: str) -> int:
        """Return how many rows a table has."""


class BulkConnection(ABC):
    """What a load asks of a database, inside one transaction.

    Tables and columns are named by the program alone. A yes or no is read as 1 or 0.
    """

    @abstractmethod
    def columns(self, table: str) -> tuple[str, ...]:
        """Return the names of a table's columns."""

    @abstractmethod
    def kinds(self, table: str) -> tuple[type, ...]:
        """Return what a table's columns hold: ``int``, ``str`` or ``bytes``."""

    @abstractmethod
    def rows(self, table: str, columns: Sequence[str], order: Sequence[str] = ()) -> Iterator[Row]:
        """Yield every row, a few at a time in memory."""

    @abstractmethod
    def count(self, table: str) -> int:
        """Return how many rows a table has."""

    @abstractmethod
    def largest_id(self, table: str, column: str = "id") -> int:
        """Return the largest id of a table, 0 where there is none."""

    def largest_number(self, table: str) -> int:
        """Return the largest id that no new row may have; tickets in the trash keep theirs."""
        largest = self.largest_id(table)
        if table == "ticket":
            largest = max(largest, self.largest_id("trashed_ticket", "ticket_id"))
        return largest

    @abstractmethod
    def fact(self, name: str) -> str | None:
        """Return a fact of the desk, or ``None``."""

    @abstractmethod
    def set_fact(self, name: str, value: str) -> None:
        """Keep a fact of the desk."""

    @abstractmethod
    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Write rows as they come. Raises ``Damaged`` for one that breaks the table's rules."""

    @abstractmethod
    def number_on(self) -> None:
        """Let the database number new rows behind those that were written with numbers."""

    @abstractmethod
    def index(self, texts: Iterable[TicketText]) -> None:
        """Let tickets be found by their texts."""

    @abstractmethod
    def index_articles(self, texts: Iterable[ArticleText]) -> None:
        """Let articles be found by their texts."""


class BulkView:
    """Reads what a load has to know of the desk."""

    def __init__(self, connection: BulkConnection) -> None:
        """Bind to a connection inside a transaction."""
        self.connection = connection

    def accounts(self) -> Iterator[Account]:
        """Return every account."""
        return map(Account._make, self.connection.rows("user", Account._fields))

    def categories(self) -> dict[str, int]:
        """Return the ids of the categories by their folded names, retired ones too."""
        pairs = self.connection.rows("category", ("name_folded", "id"))
        return dict(cast("Iterator[tuple[str, int]]", pairs))

    def fact(self, name: str) -> str | None:
        """Return a fact of the desk, or ``None``."""
        return self.connection.fact(name)


class BulkLoad(BulkView):
    """Takes tickets in the order of their ids and writes them in batches, search text included."""

    def __init__(self, connection: BulkConnection) -> None:
        """Bind to a connection inside a writing transaction."""
        super().__init__(connection)
        self._tickets: list[TicketRow] = []
        self._comments: list[CommentRow] = []
        self._events: list[EventRow] = []
        self._ratings: list[RatingRow] = []
        self._texts: list[TicketText] = []

    def next_id(self, table: str) -> int:
        """Return the id that the next row of a table may have."""
        return self.connection.largest_number(table) + 1

    def add_categories(self, categories: Sequence[CategoryRow]) -> None:
        """Write categories; they must stand there before the tickets that name them."""
        self.connection.insert("category", CategoryRow._fields, categories)

    def set_fact(self, name: str, value: str) -> None:
        """Keep a fact of the desk."""
        self.connection.set_fact(name, value)

    def add_users(self, users: Sequence[UserRow]) -> None:
        """Write accounts; they must stand there before the tickets that name them."""
        self.connection.insert("user", UserRow._fields, users)

    def add_ticket(
        self, ticket: TicketRow, comments: Sequence[CommentRow], events: Sequence[EventRow]
    ) -> None:
        """Take a ticket with its thread and history, in the order they came about."""
        self._tickets.append(ticket)
        self._comments += comments
        self._events += events
        self._texts.append(_text_of(ticket, comments))
        if len(self._tickets) >= TICKETS_AT_ONCE:
            self.flush()

    def add_rating(self, rating: RatingRow) -> None:
        """Take how somebody found the solution of a ticket that is taken next."""
        self._ratings.append(rating)

    def flush(self) -> None:
        """Write what has been taken."""
        self.connection.insert("ticket", TicketRow._fields, self._tickets)
        self.connection.insert("comment", CommentRow._fields, self._comments)
        self.connection.insert("event", EventRow._fields, self._events)
        if self._ratings:
            self.connection.insert("rating", RatingRow._fields, self._ratings)
        self.connection.index(self._texts)
        for rows in (
            self._tickets, self._comments, self._events, self._ratings, self._texts,
        ):  # fmt: skip
            cast("list[Any]", rows).clear()


@contextmanager
def bulk_reading(database: DbManager) -> Iterator[BulkView]:
    """Yield a view of one consistent state of the desk."""
    with _reading(database) as connection:
        yield BulkView(connection)


@contextmanager
def bulk_loading(database: DbManager, *, fresh: bool = False) -> Iterator[BulkLoad]:
    """Yield a load in one writing transaction; whatever leaves the block undoes all of it.

    A ``fresh`` desk, which is empty and nobody else knows, gets its indexes after the rows; an
    SQLite file is then written without a log to copy it from. Raises what ``DbManager.writing``
    raises.
    """
    if database.read_only:
        raise ReadOnly(READ_ONLY_SENTENCE)
    with _loading(database, fresh=fresh) as connection:
        load = BulkLoad(connection)
        yield load
        load.flush()


def loading_within(connection: Connection) -> BulkConnection:
    """Return what writes within a transaction that somebody else has begun, and ends."""
    if connection.dialect.name == "sqlite":
        from helpdesk.database.bulk_sqlite import loading_over

        return loading_over(connection)
    from helpdesk.database.bulk_postgres import reading_over

    return reading_over(connection)


def _reading(database: DbManager) -> AbstractContextManager[BulkConnection]:
    # Each of the two builds upon this module, and one of the drivers is not always there.
    if isinstance(database, SqliteManager):
        from helpdesk.database.bulk_sqlite import reading

        return reading(database)
    from helpdesk.database.bulk_postgres import reading as reading_postgres

    return reading_postgres(database)


def _loading(database: DbManager, *, fresh: bool) -> AbstractContextManager[BulkConnection]:
    if isinstance(database, SqliteManager):
        from helpdesk.database.bulk_sqlite import loading

        return loading(database, fresh=fresh)
    from helpdesk.database.bulk_postgres import loading as loading_postgres

    return loading_postgres(database, fresh=fresh)


def _text_of(ticket: TicketRow, comments: Sequence[CommentRow]) -> TicketText:
    return TicketText(
        ticket.id,
        ticket.requester_id,
        ticket.subject,
        ticket.description,
        joined(comment.body for comment in comments if not comment.internal),
        joined(comment.body for comment in comments if comment.internal),
    )


def joined(bodies: Iterable[str]) -> str:
    """Return comments as the search index holds them, as if they had come one by one."""
    return "".join(f"\n{body}" for body in bodies)


def refused(table: str) -> Damaged:
    """Return the error for a row that a database does not take."""
    return Damaged(_REFUSED.format(table=table))
