# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fields of recurring tickets are called, and what they offer."""

from __future__ import annotations

from calendar import day_name, monthrange
from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from helpdesk.core.recurrence import Frequency
from helpdesk.core.schemas.recurrences import RecurrenceView
from helpdesk.ui.widgets.times import full_time

UNITS: Final[dict[object, str]] = {
    Frequency.DAILY: "days",
    Frequency.WEEKLY: "weeks",
    Frequency.MONTHLY: "months",
    Frequency.YEARLY: "years",
}
WEEKDAYS: Final = tuple(name[:2] for name in day_name)
MONTHLY: Final = ("same", 0, 0)
"""On the day of the month on which it begins."""
_NTH: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_WEEK: Final = 7


def monthly_choices(start: date) -> Iterator[tuple[object, str]]:
    """Yield on which days of a month it can be: by the day, or by the week of the first date."""
    yield MONTHLY, f"On day {start.day}, where the month has it"
    yield ("day", -1, 0), "On the last day"
    length = monthrange(start.year, start.month)[1]
    own = min((start.day - 1) // _WEEK + 1, 4)
    last = start.day + _WEEK > length
    for nth in dict.fromkeys((own, -1) if last else (own, 1, 2, 3, 4, -1)):
        name = day_name[start.weekday()]
        yield ("weekday", start.weekday(), nth), f"On the {_NTH[nth]} {name}"


def state_words(recurrence: RecurrenceView) -> str:
    """Say when the next ticket is opened, or why none is."""
    if recurrence.next_at is not None:
        return f"Next on {full_time(recurrence.next_at)}"
    return "Ended" if recurrence.ended else "Paused"


def dates_words(dates: tuple[datetime, ...]) -> str:
    """Say dates, each on a line."""
    return "\n".join(full_time(each) for each in dates)
