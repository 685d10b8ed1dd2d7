# SPDX-License-Identifier: GPL-3.0-or-later
"""When a ticket should be answered and solved by the settings alone, before it has clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from helpdesk.core.schemas.sla import LONGEST_MINUTES, Target
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.settings import TargetSettings

_HOUR = 60


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


def targets_of(settings: TargetSettings) -> tuple[Target, ...]:
    """Return the targets that the settings come to; later replies are due as soon as the first."""
    return tuple(
        Target(
            priority=priority,
            first_response=_minutes(settings.first_response_hours[priority]),
            next_response=_minutes(settings.first_response_hours[priority]),
            resolution=_minutes(settings.resolution_hours[priority]),
        )
        for priority in Priority
    )


def _minutes(hours: float) -> int:
    return min(max(round(hours * _HOUR), 1), LONGEST_MINUTES)
