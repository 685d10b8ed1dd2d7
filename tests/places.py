# SPDX-License-Identifier: GPL-3.0-or-later
"""The desk of every test on PostgreSQL as well: copied there once, then as a template."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from helpdesk.database.copying import copy_desk
from helpdesk.database.db_manager import database_at
from helpdesk.database.sqlite_manager import SqliteManager
from tests.postgres import drop_database, fresh_database

KINDS = ("sqlite", "postgresql")


@contextmanager
def postgres_copy(template: Path) -> Iterator[str]:
    """Yield the URL of a PostgreSQL database of its own with the desk of ``template``."""
    url = fresh_database(_copied(template))
    try:
        yield url
    finally:
        drop_database(url)


@cache
def _copied(template: Path) -> str:
    url = fresh_database()
    source, target = SqliteManager(template), database_at(url)
    try:
        copy_desk(source, target)
    finally:
        source.dispose()
        target.dispose()
    return url
