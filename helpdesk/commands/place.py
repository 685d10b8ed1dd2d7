# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a command finds the desk it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from helpdesk.core.paths import DataFolder

# Each of these takes longer to import than most commands take to run.
if TYPE_CHECKING:
    from helpdesk.client.embedded import EmbeddedDesk
    from helpdesk.core.settings import Settings
    from helpdesk.database.db_manager import DbManager


class Place:
    """A data folder, and the settings file named instead of the folder's own, if any."""

    def __init__(self, folder: DataFolder, settings_file: Path | None) -> None:
        """Keep both; nothing is read yet."""
        self.folder = folder
        self.settings_file = settings_file

    @cached_property
    def settings(self) -> Settings:
        """The settings of the desk. Raises ``Invalid``."""
        from helpdesk.core.settings import load

        return load(self.folder, self.settings_file)

    @contextmanager
    def database(self, *, read_only: bool | None = None) -> Iterator[DbManager]:
        """Yield the database, whatever state it is in, for the length of a block."""
        from helpdesk.client.embedded import database_of

        database = database_of(self.folder, self.settings, read_only=read_only)
        try:
            yield database
        finally:
            database.dispose()

    @contextmanager
    def desk(self) -> Iterator[EmbeddedDesk]:
        """Open the desk for the length of a block. Raises ``NoDesk``, ``Damaged`` and so on."""
        from helpdesk.client.embedded import EmbeddedDesk

        desk = EmbeddedDesk.open(self.folder, self.settings)
        try:
            yield desk
        finally:
            desk.close()
