# SPDX-License-Identifier: GPL-3.0-or-later
"""When a report by schedule is due, by the clock on the wall of a time zone."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime

from helpdesk.core.schemas.reports import Rhythm, ScheduleSettings
from helpdesk.database.types import NEVER
from helpdesk.services.quiet_hours import next_digest, zone_of

_FARTHEST_DAYS = 64


def next_due(settings: ScheduleSettings, after: datetime) -> datetime:
    """Return the first time after a moment that a report is due, once on each of its days."""
    if not settings.active:
        return NEVER
    zone, moment = zone_of(settings.time_zone), after
    for _ in range(_FARTHEST_DAYS):
        moment = next_digest(moment, zone, settings.minute)
        if _is_day(settings, moment.astimezone(zone).date()):
            return moment
    raise ValueError("no month is that long")


def _is_day(settings: ScheduleSettings, day: date) -> bool:
    if settings.rhythm is Rhythm.WEEKLY:
        return day.weekday() == settings.weekday
    if settings.rhythm is Rhythm.MONTHLY:
        return day.day == min(settings.day, monthrange(day.year, day.month)[1])
    return True
