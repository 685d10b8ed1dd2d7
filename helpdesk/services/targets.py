# SPDX-License-Identifier: GPL-3.0-or-later
"""When a ticket should be answered and solved: one rule for every way a ticket comes about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.settings import TargetSettings


class DueTimes(NamedTuple):
    """The moments a ticket is measured against."""

    first_response: datetime
    resolution: datetime


def due_times(targets: TargetSettings, priority: Priority, created_at: datetime) -> DueTimes:
    """Return the due times of a ticket of this priority."""
    return DueTimes(
        created_at + timedelta(hours=targets.first_response_hours[priority]),
        created_at + timedelta(hours=targets.resolution_hours[priority]),
    )
