# SPDX-License-Identifier: GPL-3.0-or-later
"""Days and ages in a query: ``today``, ``7d``, ``2026-01``, and the moments they stand for.

They are kept as they were said, so that a saved view for the last seven days stays that.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

WHEN = (
    r"^(?:created|updated|due):(?:>=|<=|>|<)?"
    r"(?:today|yesterday|tomorrow|\d{1,4}[hdwmy]|\d{4}(?:-\d\d(?:-\d\d)?)?)$"
)
"""A condition on a date as a query keeps it."""

_AGE = re.compile(r"(\d{1,4})([hdwmy])")
_DAY = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
_CONDITION = re.compile(r"(created|updated|due):(>=|<=|>|<)?(.+)")
_UNITS = {
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(days=7),
    "m": timedelta(days=30),
    "y": timedelta(days=365),
}
_NAMED = {"today": 0, "yesterday": -1, "tomorrow": 1}
_LONGEST = timedelta(days=36_500)
_FIRST_YEAR, _LAST_YEAR = 1970, 8998


class Bounds(NamedTuple):
    """From when on, and until before when; ``None`` is open."""

    after: datetime | None
    before: datetime | None

    def within(self, other: Bounds) -> Bounds:
        """Return what lies in both."""
        afters = [each for each in (self.after, other.after) if each]
        befores = [each for each in (self.before, other.before) if each]
        return Bounds(max(afters, default=None), min(befores, default=None))


def field_of(condition: str) -> str:
    """Return the date that a condition is about."""
    return condition.partition(":")[0]


def is_date(value: str) -> bool:
    """Whether a value names a day or an age."""
    return value in _NAMED or _age(value) is not None or _span_of_day(value) is not None


def bounds_of(condition: str, now: datetime, zone: tzinfo) -> Bounds | None:
    """Return what a condition such as ``created:>7d`` means now, ``None`` where it is none."""
    match = _CONDITION.fullmatch(condition)
    if match is None:
        return None
    name, operator, value = match[1], match[2] or "", match[3]
    length = _age(value)
    if length is not None:
        if name == "due":
            # What is due lies ahead: within two days, or later than that.
            moment = now + length
            return Bounds(moment, None) if operator.startswith(">") else Bounds(None, moment)
        moment = now - length
        return Bounds(None, moment) if operator.startswith("<") else Bounds(moment, None)
    span = _span(value, now.astimezone(zone).date())
    if span is None:
        return None
    first, behind = (datetime.combine(day, time(), zone) for day in span)
    return {
        "": Bounds(first, behind),
        ">": Bounds(behind, None),
        ">=": Bounds(first, None),
        "<": Bounds(None, first),
        "<=": Bounds(None, behind),
    }[operator]


def _age(value: str) -> timedelta | None:
    match = _AGE.fullmatch(value)
    length = int(match[1]) * _UNITS[match[2]] if match else None
    return length if length is not None and length <= _LONGEST else None


def _span(value: str, today: date) -> tuple[date, date] | None:
    """Return the first day and the one behind the last."""
    if value in _NAMED:
        first = today + timedelta(days=_NAMED[value])
        return first, first + timedelta(days=1)
    return _span_of_day(value)


def _span_of_day(value: str) -> tuple[date, date] | None:
    match = _DAY.fullmatch(value)
    if match is None or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        return None
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    try:
        first = date(year, month, day)
    except ValueError:
        return None
    if match[3]:
        return first, first + timedelta(days=1)
    if match[2]:
        return first, date(year + month // 12, month % 12 + 1, 1)
    return first, date(year + 1, 1, 1)
