# SPDX-License-Identifier: GPL-3.0-or-later
"""When somebody's quiet hours end and their digest is due, by the clock on their wall.

A clock that is set forward skips the minutes in between: what is planned for one of them happens
as the clock moves past it. One that is set back shows an hour twice: a digest comes at the first.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from helpdesk.core.errors import Invalid

_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_NO_ZONE = "There is no time zone {name}; name one such as Europe/Berlin."


def known_zone(name: str) -> ZoneInfo:
    """Return a time zone of the world. Raises ``Invalid``."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        # A name such as 'Europe' is a folder of the zones, '../x' none at all.
        raise Invalid(_NO_ZONE.format(name=name), field="time_zone") from error


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone that was known once, or UTC on a machine that does not know it."""
    try:
        return known_zone(name)
    except Invalid:
        return ZoneInfo("UTC")


def quiet_until(at: datetime, zone: ZoneInfo, begin: int, end: int) -> datetime | None:
    """Return when quiet hours end that a moment lies in, or ``None`` outside of them.

    ``begin`` and ``end`` are minutes since midnight; those that end before they begin last
    through the night.
    """
    wall = at.astimezone(zone)
    minute = wall.hour * 60 + wall.minute
    through_night = end <= begin
    if not (minute >= begin or minute < end if through_night else begin <= minute < end):
        return None
    day = wall.date() + _DAY if through_night and minute >= begin else wall.date()
    first, second = _moments(day, end, zone)
    return first if first > at else second


def next_digest(after: datetime, zone: ZoneInfo, minute: int) -> datetime:
    """Return the first time after a moment that a digest is due: once on each day."""
    day = after.astimezone(zone).date()
    while True:
        due, _ = _moments(day, minute, zone)
        if due > after:
            return due
        day += _DAY


def _moments(day: date, minute: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return when a clock shows a minute of a day: twice the same, but where it is set back."""
    wall = datetime.combine(day, time.min) + minute * _MINUTE
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if _wall(first, zone) == wall:
        return first, second
    # The clock skips this minute; by the offset of before, the moment lies behind the gap.
    moment = first
    while _wall(moment - _MINUTE, zone) >= wall:
        moment -= _MINUTE
    return moment, moment


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)
