# SPDX-License-Identifier: GPL-3.0-or-later
"""The job that brings snoozed tickets back when their time has come."""

from __future__ import annotations

from datetime import datetime

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.clock import monotonic
from helpdesk.core.operation import operations_of
from helpdesk.repositories.snoozes import SnoozeRepository
from helpdesk.services.snoozing import AT_ONCE, Waking

LONGEST_SECONDS = 240.0
"""No further batch is begun after this long: the lease of the job must not run out."""
_STEPS = operations_of(Waking)


def is_due(desk: EmbeddedDesk, now: datetime) -> bool:
    """Return whether the time of any snoozed ticket has come."""
    with desk.database.reading() as session:
        return bool(SnoozeRepository(session).due(now, 1))


def wake_due(desk: EmbeddedDesk, _now: datetime) -> int:
    """Bring back what is due, some in one transaction, and return how many tickets."""
    woken, ends_at = 0, monotonic() + LONGEST_SECONDS
    while monotonic() < ends_at:
        ids = desk.executor.execute(_STEPS["due"], {}, system=True).ticket_ids
        if not ids:
            break
        back = desk.executor.execute(_STEPS["bring_back"], {"ticket_ids": ids}, system=True)
        woken += back
        if not back or len(ids) < AT_ONCE:
            break
    return woken
