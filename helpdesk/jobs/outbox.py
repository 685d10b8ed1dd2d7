# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that sends what waits in the outbox: mail, and posts to chats."""

from __future__ import annotations

from datetime import datetime, timedelta

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.repositories import deliveries
from helpdesk.services import delivering

OUTBOX = "outbox"
EVERY = timedelta(seconds=10)
"""So soon after a change is committed its messages leave."""
LEASE = deliveries.LEASE
"""A process that is killed while it sends holds the others up for no longer than this."""


def send_waiting(desk: EmbeddedDesk, now: datetime) -> int:
    """Send what is due, and return how many messages have arrived."""
    return delivering.Delivering(desk.database, desk.settings, now).run()


def is_waiting(desk: EmbeddedDesk, now: datetime) -> bool:
    """Return whether anything is due."""
    return delivering.is_waiting(desk.database, desk.settings, now)
