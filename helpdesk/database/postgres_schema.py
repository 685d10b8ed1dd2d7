# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at the schema of a desk in a PostgreSQL database, and makes it where there is nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from helpdesk.core.errors import Conflict, Invalid, NoDesk
from helpdesk.database.postgres_manager import PostgresManager

_NO_DESK = "There is no desk in {where}; make one with: helpdesk init-db."
_TAKEN = "There is already a desk in {where}; nothing was changed."
_NOT_EMPTY = "Something else lies in {where}; nothing was changed, name an empty database."
_WRONG_ENCODING = (
    "The text of {where} is kept as {found}, which cannot hold every letter;"
    " make it anew with: createdb -E UTF8 -T template0."
)

_VERSION = text("SELECT version_num FROM alembic_version")
_TABLES = text("SELECT to_regclass('alembic_version') IS NOT NULL, to_regclass('desk_fact')")
# What an extension has put there is nobody's work.
_RELATIONS = text(
    "SELECT 1 FROM pg_class c WHERE relnamespace = current_schema()::regnamespace"
    " AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND NOT EXISTS (SELECT 1 FROM pg_depend d"
    " WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') LIMIT 1"
)
_FACT = text("SELECT value FROM desk_fact WHERE name = :name")
_ENCODING = text("SELECT current_setting('server_encoding')")


def has_desk(database: PostgresManager) -> bool:
    """Tell whether a desk of any version lies there. Raises what ``reading`` raises."""
    with database.reading() as session:
        return _is_desk(session.connection())


def version_of(database: PostgresManager) -> str:
    """Return the schema version. Raises ``NoDesk`` when there is no desk."""
    with database.reading() as session:
        connection = session.connection()
        # Other programs have a table of that name, too.
        version = connection.scalar(_VERSION) if _is_desk(connection) else None
    if version is None:
        raise NoDesk(_NO_DESK.format(where=database.where))
    return str(version)


def fact(database: PostgresManager, name: str) -> str | None:
    """Return a fact of the desk, or ``None``."""
    with database.reading() as session:
        found = session.connection().scalar(_FACT, {"name": name})
    return None if found is None else str(found)


@contextmanager
def vacant(database: PostgresManager) -> Iterator[Connection]:
    """Yield a connection in the one transaction that fills an empty database.

    Raises ``Conflict`` when something lies there already, ``Invalid`` when it cannot hold every
    text, and what ``migrating`` raises.
    """
    with database.migrating() as connection:
        require_vacant(connection, database.where)
        yield connection


def require_vacant(connection: Connection, where: str) -> None:
    """Raise ``Conflict`` when something lies there, ``Invalid`` when it cannot hold every text."""
    if connection.scalar(_RELATIONS) is not None:
        sentence = _TAKEN if _is_desk(connection) else _NOT_EMPTY
        raise Conflict(sentence.format(where=where))
    encoding = connection.scalar(_ENCODING)
    if encoding != "UTF8":
        raise Invalid(_WRONG_ENCODING.format(where=where, found=encoding))


def _is_desk(connection: Connection) -> bool:
    return all(connection.execute(_TABLES).one())
