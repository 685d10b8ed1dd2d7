# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens desks for tests that share one, and looks into their tables and statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, event, inspect, text

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.operation import operation, operations_of
from helpdesk.core.paths import DataFolder
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.users import NewSession
from helpdesk.database.db_manager import DbManager, database_at
from helpdesk.database.postgres_manager import PostgresManager
from helpdesk.database.sqlite_manager import SqliteManager
from helpdesk.services.rating_links import new_token
from helpdesk.services.work import Work
from tests.conftest import PASSWORD
from tests.matrix import LOCAL_SQLITE, desk_at

Dump = dict[str, list[tuple[object, ...]]]


@contextmanager
def opened(
    place: Path, template: Path, clock: Clock = system_clock, kind: str = LOCAL_SQLITE
) -> Iterator[EmbeddedDesk]:
    """Yield a desk of its own in a folder below ``place``, reached in one of the four ways."""
    with desk_at(kind, DataFolder(place / "desk").ensure(), template, clock) as desk:
        yield desk


@contextmanager
def opened_again(
    desk: EmbeddedDesk,
    clock: Clock = system_clock,
    *,
    read_only: bool = False,
    busy_timeout_seconds: float = 5.0,
) -> Iterator[EmbeddedDesk]:
    """Yield a desk as another process has it: in this one, over connections of its own."""
    database = database_at(
        _url_of(desk.database), read_only=read_only, busy_timeout_seconds=busy_timeout_seconds
    )
    again = EmbeddedDesk(database, desk.settings, clock)
    try:
        yield again
    finally:
        again.close()


def _url_of(database: DbManager) -> str:
    if isinstance(database, SqliteManager):
        return f"sqlite:///{database.path}"
    assert isinstance(database, PostgresManager)
    return database._url.render_as_string(hide_password=False)  # noqa: SLF001


def person(desk: EmbeddedDesk, username: str) -> HelpDesk:
    """Return the facade of somebody who has signed in."""
    facade = desk.facade()
    facade.sessions.sign_in(NewSession(username=username, password=PASSWORD))
    return facade


def id_of(facade: HelpDesk) -> int:
    """Return the account of whoever is signed in."""
    return facade.sessions.current().user.id


class _Links:
    """Makes what mails carry: no operation tells it to anybody."""

    made = ""

    def __init__(self, work: Work) -> None:
        self._work = work

    @operation("POST", "/links", permission=Permission.WORK_TICKET)
    def make(self, ticket_id: int) -> None:
        """Keep the link of a ticket."""
        desk = self._work.desk
        _Links.made = new_token(desk, desk.tickets.get(ticket_id))


def rating_token(desk: EmbeddedDesk, ticket_id: int) -> str:
    """Return what proves that its holder may rate a ticket."""
    arguments = {"ticket_id": ticket_id}
    desk.executor.execute(operations_of(_Links)["make"], arguments, system=True)
    return _Links.made


def dump(database: DbManager, *, without: tuple[str, ...] = ()) -> Dump:
    """Return every row of every table, the parts of the search index included.

    When a session was used last is left out: reading notes it, and changes nothing else.
    """
    if isinstance(database, SqliteManager):
        with closing(database.connect()) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            names = [
                name
                for (name,) in tables
                if name not in (*without, "ticket_search", "article_search")
            ]
            return {name: _sorted(connection.execute(_rows_of(name))) for name in names}
    with database.reading() as session:
        names = inspect(session.connection()).get_table_names()
        return {
            name: _sorted(session.execute(text(_rows_of(name))))
            for name in names
            if name not in without
        }


def contents(database: DbManager, *, without: tuple[str, ...] = ()) -> dict[str, object]:
    """Return what ``dump`` does in a form that is only good for comparing, but made much sooner.

    On PostgreSQL a row is one text, and the database sorts them; in a file rows stay in their
    order until they change.
    """
    if isinstance(database, SqliteManager):
        with closing(database.connect()) as connection:
            tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            left_out = {*without, "ticket_search", "article_search"}
            names = [name for (name,) in tables if name not in left_out]
            return {name: connection.execute(_rows_of(name)).fetchall() for name in names}
    with database.reading() as session:
        names = [each for each in session.scalars(text(_TABLES)) if each not in without]
        rows = session.execute(text(" UNION ALL ".join(map(_texts_of, names))))
        return {name: texts for name, texts in rows}  # noqa: C416 - rows are no pairs


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"


def _texts_of(table: str) -> str:
    rows = _rows_of(table)
    return f"SELECT '{table}', array_agg(r::text ORDER BY r::text) FROM ({rows}) AS r"  # noqa: S608


def _rows_of(table: str) -> str:
    columns = "id, token_hash, user_id, created_at, ends_at" if table == "session" else "*"
    return f'SELECT {columns} FROM "{table}"'  # noqa: S608


def _sorted(rows: Iterable[Iterable[object]]) -> list[tuple[object, ...]]:
    return sorted((tuple(row) for row in rows), key=repr)


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
