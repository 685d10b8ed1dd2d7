# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens desks for tests that share one, and looks into their tables and statements."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, event

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core import settings as settings_module
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.paths import DataFolder
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.db_manager import DbManager
from tests.conftest import PASSWORD

Dump = dict[str, list[tuple[object, ...]]]


@contextmanager
def opened(place: Path, template: Path, clock: Clock = system_clock) -> Iterator[EmbeddedDesk]:
    """Yield a desk of its own in a folder below ``place``."""
    folder = DataFolder(place / "desk").ensure()
    shutil.copy(template, folder.database)
    desk = EmbeddedDesk.open(folder, settings_module.load(folder), clock=clock)
    try:
        yield desk
    finally:
        desk.close()


def person(desk: EmbeddedDesk, username: str) -> HelpDesk:
    """Return the facade of somebody who has signed in."""
    facade = desk.facade()
    facade.sessions.sign_in(NewSession(username=username, password=PASSWORD))
    return facade


def id_of(facade: HelpDesk) -> int:
    """Return the account of whoever is signed in."""
    return facade.sessions.current().user.id


def dump(database: DbManager, *, without: tuple[str, ...] = ()) -> Dump:
    """Return every row of every table, the parts of the search index included."""
    with closing(database.connect()) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        names = [name for (name,) in tables if name not in (*without, "ticket_search")]
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr)  # noqa: S608
            for name in names
        }


@contextmanager
def statements() -> Iterator[list[str]]:
    """Yield the list of SQL statements that are sent inside, BEGIN and COMMIT apart."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
