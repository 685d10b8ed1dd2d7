# SPDX-License-Identifier: GPL-3.0-or-later
"""The four ways a desk is reached: in this process or over HTTP, on SQLite or on PostgreSQL.

Tests of operations run on each of them: ``desk_kind`` is filled in for every test below the
folders named here that uses it, directly or through ``embedded``. What is about one of them alone
says so with ``@pytest.mark.desk_kinds(...)``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.http_transport import HttpTransport
from helpdesk.core import settings as settings_module
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.paths import DataFolder
from helpdesk.core.settings import Settings
from helpdesk.database.db_manager import DbManager, database_at
from tests.places import postgres_copy
from tests.servers import serving

LOCAL_SQLITE, LOCAL_POSTGRESQL = "local-sqlite", "local-postgresql"
HTTP_SQLITE, HTTP_POSTGRESQL = "http-sqlite", "http-postgresql"
KINDS = (LOCAL_SQLITE, LOCAL_POSTGRESQL, HTTP_SQLITE, HTTP_POSTGRESQL)
LOCAL = (LOCAL_SQLITE, LOCAL_POSTGRESQL)
SQLITE = (LOCAL_SQLITE, HTTP_SQLITE)

_FOLDERS = ("contract", "services", "repositories")


class OverHttp(EmbeddedDesk):
    """A desk whose people call it over HTTP; what looks behind the scenes stays here."""

    url: str

    def __init__(self, database: DbManager, settings: Settings, clock: Clock) -> None:
        """Bind to a database, and to nobody yet."""
        super().__init__(database, settings, clock)
        self._facades: list[HelpDesk] = []

    def facade(self) -> HelpDesk:
        """Return a facade nobody has signed in to yet."""
        self._facades.append(HelpDesk(HttpTransport(self.url, self.settings.client)))
        return self._facades[-1]

    def hang_up(self) -> None:
        """Close every connection to the server."""
        for facade in self._facades:
            facade.close()


def kinds_for(definition: pytest.Function) -> tuple[str, ...]:
    """Return on which kinds a test runs."""
    marker = definition.get_closest_marker("desk_kinds")
    if marker is not None:
        return tuple(marker.args)
    return KINDS if set(_FOLDERS) & set(definition.path.parts) else (LOCAL_SQLITE,)


@contextmanager
def desk_at(
    kind: str, folder: DataFolder, template: Path, clock: Clock = system_clock
) -> Iterator[EmbeddedDesk]:
    """Yield a copy of the template, reached in one of the four ways."""
    settings = settings_module.load(folder)
    with ExitStack() as stack:
        database = stack.enter_context(_copy(kind, folder, template, settings))
        desk: EmbeddedDesk
        if kind in LOCAL:
            desk = EmbeddedDesk(database, settings, clock)
        else:
            desk = OverHttp(database, settings, clock)
        stack.callback(desk.close)
        if isinstance(desk, OverHttp):
            desk.url = stack.enter_context(serving(desk))
            stack.callback(desk.hang_up)
        yield desk


@contextmanager
def _copy(kind: str, folder: DataFolder, template: Path, settings: Settings) -> Iterator[DbManager]:
    with ExitStack() as stack:
        if kind in SQLITE:
            if not folder.database.exists():
                shutil.copy(template, folder.database)
            url = f"sqlite:///{folder.database}"
        else:
            url = stack.enter_context(postgres_copy(template))
        yield database_at(url, busy_timeout_seconds=settings.database.busy_timeout_seconds)
