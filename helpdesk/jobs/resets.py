# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that writes the mails to who has lost a password; the job of the outbox sends them."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.services import password_resets

RESETS = "resets"
EVERY = timedelta(seconds=5)


def write_mails(desk: EmbeddedDesk, now: datetime) -> int:
    """Write the mails that are asked for, and return how many they are."""
    return password_resets.write_mails(desk.database, desk.settings, now)


def is_waiting(desk: EmbeddedDesk, _now: datetime) -> bool:
    """Return whether somebody waits for a mail."""
    return password_resets.is_waiting(desk.database)
