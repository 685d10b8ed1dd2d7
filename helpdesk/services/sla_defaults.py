# SPDX-License-Identifier: GPL-3.0-or-later
"""The service levels that a desk begins with: one policy around the clock, by its settings."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.sla import DAY_MINUTES, CalendarSettings, PolicySettings, Slot
from helpdesk.core.settings import Settings
from helpdesk.services.targets import targets_of
from helpdesk.services.work import Transacted

BEGUN = "sla_begun"
"""Since when a desk has service levels; what an admin removes after that stays removed."""

CALENDAR, POLICY = "Around the clock", "Standard"
_DAYS = range(7)


def begin(desk: Transacted, settings: Settings, now: datetime) -> bool:
    """Give a desk its first calendar and policy, once; return whether it got them now."""
    if desk.facts.get(BEGUN) is not None:
        return False
    desk.facts.set(BEGUN, now.isoformat())
    if not desk.calendars.all():
        around = CalendarSettings(
            name=CALENDAR,
            time_zone="UTC",
            slots=tuple(Slot(day=day, begin=0, end=DAY_MINUTES) for day in _DAYS),
        )
        calendar = desk.calendars.add(around, now, None, is_default=True)
        targets = targets_of(settings.targets)
        standard = PolicySettings(name=POLICY, calendar_id=calendar.id, targets=targets)
        desk.policies.add(standard, now, None)
    desk.flush()
    return True
