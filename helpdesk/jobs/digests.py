# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the digests that are due; the job of the outbox sends them like every other mail."""

from __future__ import annotations

from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.services.digests import write_digests


def make_digests(desk: EmbeddedDesk, now: datetime) -> int:
    """Write the digests that are due, and return how many; most runs find none, and only read."""
    return write_digests(desk.database, desk.settings, now)
