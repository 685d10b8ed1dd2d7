# SPDX-License-Identifier: GPL-3.0-or-later
"""Says a rule by which something comes again in words: 'Every second Tuesday of the month'."""

from __future__ import annotations

from calendar import day_name, month_name
from collections.abc import Sequence
from datetime import date, datetime

from helpdesk.core.recurrence import Frequency, RecurrenceRule, Weekday, parsed, zone_named

_UNITS = {
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "week",
    Frequency.MONTHLY: "month",
    Frequency.YEARLY: "year",
}
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
_WORK_DAYS = tuple(Weekday(day) for day in range(5))


def rule_words(rule: str, zone: str, starts_at: datetime) -> str:
    """Return a rule as people say it, with its time. Raises ``Invalid`` as reading it does."""
    parts, start = parsed(rule), starts_at.astimezone(zone_named(zone))
    words = [_often(parts), *_days(parts, start), f"at {start:%H:%M} ({zone})"]
    return " ".join(words) + _end(parts)


def _often(parts: RecurrenceRule) -> str:
    if parts.frequency is Frequency.WEEKLY and set(parts.weekdays) == set(_WORK_DAYS):
        return "Every working day" if parts.interval == 1 else _every(parts) + " on working days"
    return _every(parts)


def _every(parts: RecurrenceRule) -> str:
    unit = _UNITS[parts.frequency]
    return f"Every {unit}" if parts.interval == 1 else f"Every {parts.interval} {unit}s"


def _days(parts: RecurrenceRule, start: datetime) -> list[str]:
    """Say on which days; what the rule does not name is as when it begins."""
    found: list[str] = []
    if parts.weekdays and set(parts.weekdays) != set(_WORK_DAYS):
        found.append(f"on {_listed([_weekday(each) for each in parts.weekdays])}")
    elif parts.weekdays and parts.frequency is not Frequency.WEEKLY:
        found.append("on working days")
    if parts.month_days:
        found.append(f"on {_listed([_month_day(each) for each in parts.month_days])}")
    if not parts.weekdays and not parts.month_days:
        found += _implied(parts, start)
    if parts.months:
        found.append(f"in {_listed([month_name[each] for each in parts.months])}")
    if parts.positions:
        found.append(f"(of these {_listed([_ordinal(each) for each in parts.positions])})")
    return found


def _implied(parts: RecurrenceRule, start: datetime) -> list[str]:
    if parts.frequency is Frequency.WEEKLY:
        return [f"on {day_name[start.weekday()]}"]
    if parts.frequency is Frequency.MONTHLY or (
        parts.frequency is Frequency.YEARLY and parts.months
    ):
        return [f"on {_month_day(start.day)}"]
    is_yearly = parts.frequency is Frequency.YEARLY
    return [f"on {start.day} {month_name[start.month]}"] if is_yearly else []


def _weekday(each: Weekday) -> str:
    name = day_name[each.day]
    return f"the {_ordinal(each.nth)} {name}" if each.nth else name


def _month_day(day: int) -> str:
    if day > 0:
        return f"day {day}"
    return "the last day" if day == -1 else f"the {_ordinal(day)} day"


def _ordinal(number: int) -> str:
    if number in _ORDINALS:
        return _ORDINALS[number]
    return f"{-number}. last" if number < 0 else f"{number}."


def _end(parts: RecurrenceRule) -> str:
    if parts.count is not None:
        return ", once" if parts.count == 1 else f", {parts.count} times"
    if parts.until is None:
        return ""
    until: date = parts.until
    return f", until {until.day} {month_name[until.month]} {until.year}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
