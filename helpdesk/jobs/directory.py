# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks in the directory whether people of the desk are still there, and who they are by now."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.operation import operations_of
from helpdesk.repositories.facts import FactRepository
from helpdesk.services.directory_setup import directory_of
from helpdesk.services.directory_upkeep import DirectoryUpkeep

DIRECTORY = "directory"
EVERY = timedelta(minutes=30)
DIRECTORY_LEASE = timedelta(hours=1)
"""Longer than the pause: a run over many people is not begun again beside itself."""
_KEEP = operations_of(DirectoryUpkeep)["keep"]


def keep_directory(desk: EmbeddedDesk, _now: datetime) -> int:
    """Bring the accounts of the directory up to date, and return how many were changed."""
    changed: int = desk.executor.execute(_KEEP, {}, system=True)
    return changed


def is_on(desk: EmbeddedDesk, _now: datetime) -> bool:
    """Return whether there is a directory to look in."""
    with desk.database.reading() as session:
        return directory_of(desk.settings, FactRepository(session)).is_on
