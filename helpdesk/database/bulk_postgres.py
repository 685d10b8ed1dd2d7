# SPDX-License-Identifier: GPL-3.0-or-later
"""Bulk loading into PostgreSQL: rows travel by COPY in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from typing import Any

import psycopg
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from sqlalchemy import Connection

from helpdesk.database.article_search import ArticleText, postgres_rows
from helpdesk.database.bulk import BulkConnection, Row, TicketText, refused
from helpdesk.database.db_manager import DbManager
from helpdesk.database.postgres_search import search_rows

_ROWS_AT_ONCE = 2_000
_PICTURES_AT_ONCE = 10
_TEXTS_AT_ONCE = 200
_BYTES = psycopg.adapters.types["bytea"].oid
_KINDS: dict[int, type] = {
    psycopg.adapters.types[name].oid: int for name in ("int2", "int4", "int8", "bool")
} | {_BYTES: bytes}
_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE relnamespace = current_schema()::regnamespace
      AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""
_REFERENCES = """
    SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE contype = 'f' AND connamespace = current_schema()::regnamespace
"""
_names = count(1)


class _BoolAsNumber(Loader):
    """Reads a yes or no as SQLite has it."""

    def load(self, data: Buffer) -> int:
        """Return 1 or 0."""
        return int(bytes(data) == b"t")


class PostgresBulk(BulkConnection):
    """A connection of the driver inside a transaction."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Bind to a connection whose transaction somebody else ends."""
        self._connection = connection
        self._loaded: set[str] = set()

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the names of a table's columns."""
        found = self._run("SELECT * FROM {} LIMIT 0", table)
        return tuple(column.name for column in found.description or ())

    def kinds(self, table: str) -> tuple[type, ...]:
        """Return what a table's columns hold; a yes or no counts as a number."""
        found = self._run("SELECT * FROM {} LIMIT 0", table)
        return tuple(_KINDS.get(column.type_code, str) for column in found.description or ())

    def rows(self, table: str, columns: Sequence[str], order: Sequence[str] = ()) -> Iterator[Row]:
        """Yield every row, a few at a time in memory."""
        statement = sql.SQL("SELECT {} FROM {}").format(_named(columns), sql.Identifier(table))
        if order:
            statement += sql.SQL(" ORDER BY {}").format(_named(order))
        with self._connection.cursor(name=f"bulk_{next(_names)}") as cursor:
            # A picture may be as large as some thousand other rows.
            cursor.itersize = _PICTURES_AT_ONCE if self._has_bytes(table) else _ROWS_AT_ONCE
            cursor.adapters.register_loader("bool", _BoolAsNumber)
            yield from cursor.execute(statement)

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return self._number("SELECT count(*) FROM {}", table)

    def largest_id(self, table: str, column: str = "id") -> int:
        """Return the largest id of a table, 0 where there is none."""
        return self._number("SELECT coalesce(max({1}), 0) FROM {0}", table, column)

    def fact(self, name: str) -> str | None:
        """Return a fact of the desk, or ``None``."""
        found = self._connection.execute("SELECT value FROM desk_fact WHERE name = %s", (name,))
        row = found.fetchone()
        return row[0] if row else None

    def set_fact(self, name: str, value: str) -> None:
        """Keep a fact of the desk."""
        self._connection.execute(
            "INSERT INTO desk_fact (name, value) VALUES (%s, %s)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Write rows as they come. Raises ``Damaged`` for one that breaks the table's rules."""
        self._loaded.add(table)
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), _named(columns)
        )
        try:
            with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise refused(table) from error

    def index(self, texts: Iterable[TicketText]) -> None:
        """Let tickets be found by their texts."""
        columns = ("ticket_id", "words", "public", "internal")
        self.insert("ticket_search", columns, _search_rows(iter(texts)))

    def index_articles(self, texts: Iterable[ArticleText]) -> None:
        """Let articles be found by their texts."""
        columns = ("article_id", "words", "heading", "said")
        self.insert("article_search", columns, _article_rows(iter(texts)))

    def settle(self) -> None:
        """Let the database number new rows behind those written, and know how many there are."""
        for table in sorted(self._loaded):
            name = sql.Identifier(table)
            self._connection.execute(sql.SQL("ANALYZE {}").format(name))
        self.number_on()

    def number_on(self) -> None:
        """Let the database number new rows behind those written."""
        for table in sorted(self._loaded):
            sequence = self._sequence(table)
            if sequence is not None:
                largest = self.largest_number(table)
                self._connection.execute(
                    "SELECT setval(%s, %s, %s)", (sequence, max(1, largest), largest > 0)
                )

    def _has_bytes(self, table: str) -> bool:
        found = self._run("SELECT * FROM {} LIMIT 0", table)
        return any(column.type_code == _BYTES for column in found.description or ())

    def _sequence(self, table: str) -> str | None:
        if "id" not in self.columns(table):
            return None
        quoted = sql.Identifier(table).as_string(self._connection)
        found = self._connection.execute("SELECT pg_get_serial_sequence(%s, 'id')", (quoted,))
        row = found.fetchone()
        return row[0] if row else None

    def _run(self, statement: str, *names: str) -> psycopg.Cursor[Any]:
        return self._connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _number(self, statement: str, *names: str) -> int:
        row = self._run(statement, *names).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def reading(database: DbManager) -> Iterator[PostgresBulk]:
    """Yield a connection that reads one state of the desk."""
    with database.reading() as session:
        yield reading_over(session.connection())


def reading_over(connection: Connection) -> PostgresBulk:
    """Return a bulk connection within a transaction that somebody else ends."""
    return PostgresBulk(_patient(connection))


@contextmanager
def loading(database: DbManager, *, fresh: bool) -> Iterator[PostgresBulk]:
    """Yield a connection that writes; it commits when the block ends well."""
    with database.writing() as session, loading_over(session.connection(), fresh=fresh) as bulk:
        yield bulk


@contextmanager
def loading_over(connection: Connection, *, fresh: bool) -> Iterator[PostgresBulk]:
    """Yield a bulk connection within a writing transaction that somebody else ends."""
    driver = _patient(connection)
    bulk = PostgresBulk(driver)
    made_again = []
    if fresh:
        # Nobody else waits for a desk that is being made.
        driver.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        made_again = _drop_references_and_indexes(driver)
    yield bulk
    try:
        for statement in made_again:
            driver.execute(statement)
    except psycopg.IntegrityError as error:
        raise refused(error.diag.table_name or "ticket") from error
    bulk.settle()


def _patient(connection: Connection) -> psycopg.Connection[Any]:
    """Return the driver's connection, whose statements may take as long as they take."""
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    driver.execute("SET LOCAL statement_timeout = 0")
    return driver


def _drop_references_and_indexes(connection: psycopg.Connection[Any]) -> list[sql.Composed]:
    """Drop what slows a load down and return the statements that make it again, and check it."""
    indexes = connection.execute(_INDEXES).fetchall()
    references = connection.execute(_REFERENCES).fetchall()
    # The names are quoted by the database itself.
    for table, name, _ in references:
        connection.execute(_made("ALTER TABLE {} DROP CONSTRAINT {}", table, name))
    for name, _ in indexes:
        connection.execute(_made("DROP INDEX {}", name))
    return [
        *(_made("{}", definition) for _, definition in indexes),
        *(
            _made("ALTER TABLE {} ADD CONSTRAINT {} {}", table, name, definition)
            for table, name, definition in references
        ),
    ]


def _made(statement: str, *parts: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.SQL, parts))


def _named(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _search_rows(texts: Iterator[TicketText]) -> Iterator[Row]:
    """Yield the rows of ``ticket_search``; words are split for many tickets at once."""
    while batch := list(islice(texts, _TEXTS_AT_ONCE)):
        for row in search_rows(batch):
            yield row.ticket_id, _vector(row.words), row.public, row.internal


def _article_rows(texts: Iterator[ArticleText]) -> Iterator[Row]:
    """Yield the rows of ``article_search``."""
    while batch := list(islice(texts, _TEXTS_AT_ONCE)):
        for row in postgres_rows(batch):
            yield row["article_id"], _vector(row["words"]), row["heading"], row["said"]


def _vector(words: Iterable[str]) -> str:
    """Return a ``tsvector`` as text."""
    escaped = (word.replace("\\", "\\\\").replace("'", "''") for word in words)
    return " ".join(f"'{word}'" for word in escaped)
