# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the desk that lies on this workstation and hands out facades over it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk.client.help_desk import HelpDesk
from helpdesk.client.transport import LocalTransport
from helpdesk.core.clock import Clock, system_clock
from helpdesk.core.paths import DataFolder
from helpdesk.core.settings import Settings, database_url
from helpdesk.database import schema
from helpdesk.database.db_manager import DbManager, database_at, is_file, sqlite_path
from helpdesk.services.executor import Executor

if TYPE_CHECKING:
    from helpdesk.client.local_answers import LocalAnswers


def database_of(
    folder: DataFolder, settings: Settings, *, read_only: bool | None = None
) -> DbManager:
    """Return the database the settings name, not yet opened.

    Unless told, it is read-only where this person may not write the file or its folder.
    """
    url = database_url(settings, folder)
    if read_only is None:
        read_only = is_file(url) and _can_only_be_read(sqlite_path(url))
    return database_at(
        url,
        busy_timeout_seconds=settings.database.busy_timeout_seconds,
        read_only=read_only,
        connections=settings.database.connections,
    )


class EmbeddedDesk:
    """A desk in this process: its database, its executor, and who acts through it."""

    def __init__(
        self, database: DbManager, settings: Settings, clock: Clock = system_clock
    ) -> None:
        """Bind to a database that has been checked."""
        self.database = database
        self.settings = settings
        self.executor = Executor(database, settings, clock)

    @classmethod
    def open(
        cls,
        folder: DataFolder,
        settings: Settings,
        *,
        read_only: bool | None = None,
        clock: Clock = system_clock,
    ) -> EmbeddedDesk:
        """Open the desk, bringing an older file to the present schema after a backup.

        A database on a server is upgraded by whoever runs it. Raises ``NoDesk``, ``Damaged``,
        ``NewerSchema``, ``OlderSchema``, ``Busy``.
        """
        database = database_of(folder, settings, read_only=read_only)
        try:
            _bring_up_to_date(database, folder)
        except BaseException:
            database.dispose()
            raise
        return cls(database, settings, clock)

    @classmethod
    def at(cls, url: str, settings: Settings, *, clock: Clock = system_clock) -> EmbeddedDesk:
        """Open the desk at a database URL as it is. Raises what ``schema.check`` raises."""
        database = database_at(
            url,
            busy_timeout_seconds=settings.database.busy_timeout_seconds,
            connections=settings.database.connections,
        )
        try:
            schema.check(database)
        except BaseException:
            database.dispose()
            raise
        return cls(database, settings, clock)

    def facade(self) -> HelpDesk:
        """Return a facade nobody has signed in to yet."""
        return HelpDesk(LocalTransport(self.executor))

    def transport(self) -> LocalTransport:
        """Return a transport of its own session."""
        return LocalTransport(self.executor)

    def answers(self, transport: LocalTransport) -> LocalAnswers:
        """Return the assistant for whoever is signed in on a transport, for one event loop."""
        from helpdesk.client.local_answers import LocalAnswers

        return LocalAnswers(self.executor, self.settings, lambda: transport.token)

    def as_system(self) -> HelpDesk:
        """Return a facade that acts for the program itself, for commands of the file's owner."""
        return HelpDesk(LocalTransport(self.executor, system=True))

    def close(self) -> None:
        """Close every connection; a file that is gone or locked is no error any more."""
        self.database.dispose()


def _bring_up_to_date(database: DbManager, folder: DataFolder) -> None:
    try:
        schema.check(database)
    except schema.OlderSchema:
        if database.dialect != "sqlite":
            raise
        schema.upgrade(database, folder.backups)


def _can_only_be_read(path: Path) -> bool:
    return path.exists() and not (_writable(path) and _writable(path.parent))


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK)
