# SPDX-License-Identifier: GPL-3.0-or-later
"""``helpdesk copy-db``: takes a desk from one database to another, such as SQLite to PostgreSQL."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk.commands.place import Place
from helpdesk.commands.terminal import progress, say
from helpdesk.core.paths import DataFolder
from helpdesk.database.copying import CopiedTable, copy_desk
from helpdesk.database.db_manager import database_at
from helpdesk.database.sqlite_manager import SqliteManager

if TYPE_CHECKING:
    from helpdesk.core.settings import Settings
    from helpdesk.database.db_manager import DbManager

_LABELS = {
    "user": "accounts",
    "category": "categories",
    "ticket": "tickets",
    "comment": "comments",
    "event": "history",
    "api_key": "API keys",
}
_BY_FOLDER = "To work with it: helpdesk --data-dir {folder}"
_BY_URL = (
    "To work with it, set HELPDESK_DATABASE_URL to the URL named here, or database.url in the"
    " settings."
)


def run(place: Place, options: Namespace) -> int:
    """Copy the desk at FROM to TO, both files or database URLs, and print what was copied."""
    with ExitStack() as stack:
        source = _database(options.source, place.settings, read_only=True)
        stack.callback(source.dispose)
        target = _database(options.target, place.settings, read_only=False)
        stack.callback(target.dispose)
        with progress("Copying", "rows") as report:
            copied = copy_desk(source, target, report)
        _say_counts(copied)
        say(f"The desk is copied to {target.place}, and every table was compared.")
        say("People sign in again there; the desk that was copied is as it was.")
        say(_next_step(target))
    return 0


def _database(named: str, settings: Settings, *, read_only: bool) -> DbManager:
    """Return the database at a URL, or in a file or a data folder."""
    busy_timeout_seconds = settings.database.busy_timeout_seconds
    if "://" in named:
        return database_at(named, busy_timeout_seconds=busy_timeout_seconds, read_only=read_only)
    path = Path(named).absolute()
    if path.is_dir():
        path = DataFolder(path).database
    return SqliteManager(path, busy_timeout_seconds=busy_timeout_seconds, read_only=read_only)


def _say_counts(copied: Iterable[CopiedTable]) -> None:
    for table in copied:
        if table.name in _LABELS:
            say(f"{_LABELS[table.name]:<12}{table.rows:>12,}")


def _next_step(target: DbManager) -> str:
    if not isinstance(target, SqliteManager):
        return _BY_URL
    folder = DataFolder(target.path.parent)
    return _BY_FOLDER.format(folder=folder.path) if folder.database == target.path else _BY_URL
