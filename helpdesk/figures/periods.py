# SPDX-License-Identifier: GPL-3.0-or-later
"""The days of a period, and the weeks and months they fall into; days are numbers since 1970."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.figures import Period, Span, Split

_FIRST = date(1970, 1, 1)
FIRST_DAY = -1
"""The first day on which a ticket can have been opened: west of UTC, 1970 began the day before."""
_LATEST = 80_000
"""A day in the year 2189."""
_TO_COME = (
    "Nothing is counted from {first} on, because today is {today}; choose days that have begun."
)
_BACK = {
    Period.TODAY: 1,
    Period.LAST_7_DAYS: 7,
    Period.LAST_30_DAYS: 30,
    Period.LAST_90_DAYS: 90,
    Period.LAST_365_DAYS: 365,
}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True, slots=True)
class Days:
    """Some days, the first and the last with them."""

    first: int
    last: int

    @property
    def before(self) -> Days:
        """The same number of days before."""
        return Days(self.first - len(self), self.first - 1)

    def __len__(self) -> int:
        """Return how many days they are."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """A day, a week or a month of a period, as far as it lies in it."""

    key: str
    """Its own first day, also where that lies before the period."""
    label: str
    days: Days


def number_of(day: date) -> int:
    """Return the number of a day."""
    return (day - _FIRST).days


def date_of(number: int) -> date:
    """Return the day of a number."""
    return _FIRST + timedelta(days=number)


def day_of(moment: datetime, zone: tzinfo) -> int:
    """Return the day of a moment as people in a zone call it."""
    return number_of(moment.astimezone(zone).date())


def days_of(span: Span, today: int) -> Days:
    """Return the days of a span. Raises ``Invalid`` where none of them has come yet."""
    if span.period in _BACK:
        return Days(today - _BACK[span.period] + 1, today)
    if span.period is Period.CUSTOM and span.first and span.last:
        days = Days(*(_kept(date.fromisoformat(day)) for day in (span.first, span.last)))
        if days.first > today:
            raise Invalid(_TO_COME.format(first=span.first, today=date_of(today)), field="span")
        return days
    here = date_of(today).replace(day=1)
    if span.period is Period.LAST_MONTH:
        last = here - timedelta(days=1)
        return Days(number_of(last.replace(day=1)), number_of(last))
    return Days(number_of(here), today)


def custom(days: Days) -> Span:
    """Return the span that names some days, whatever day it is."""
    first, last = (date_of(day).isoformat() for day in (days.first, days.last))
    return Span(period=Period.CUSTOM, first=first, last=last)


@lru_cache(maxsize=64)
def stretches(days: Days, split: Split) -> tuple[Stretch, ...]:
    """Return the days, the weeks from Monday on, or the months of a period."""
    return tuple(_stretches(days, split))


def stretch_of(key: str, split: Split, days: Days) -> Stretch | None:
    """Return the day, week or month that a key names, as far as it lies in a period."""
    try:
        begin = date.fromisoformat(key)
    except ValueError:
        return None
    last = min(number_of(_end(begin, split)), days.last)
    first = max(number_of(begin), days.first)
    if first > last or begin != _begin(begin, split):
        return None
    return Stretch(key, _label(begin, split), Days(first, last))


def _kept(day: date) -> int:
    """Return the number of a day, or of the nearest on which a ticket can have been opened."""
    return min(max(number_of(day), FIRST_DAY), _LATEST)


def _stretches(days: Days, split: Split) -> Iterator[Stretch]:
    first = days.first
    while first <= days.last:
        begin = _begin(date_of(first), split)
        last = min(number_of(_end(begin, split)), days.last)
        yield Stretch(begin.isoformat(), _label(begin, split), Days(first, last))
        first = last + 1


def _begin(day: date, split: Split) -> date:
    if split is Split.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if split is Split.MONTH else day


def _end(begin: date, split: Split) -> date:
    if split is Split.WEEK:
        return begin + timedelta(days=6)
    if split is Split.MONTH:
        return (begin + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return begin


def _label(begin: date, split: Split) -> str:
    if split is Split.WEEK:
        year, week, _ = begin.isocalendar()
        return f"Week {week}, {year}"
    month = _MONTHS[begin.month - 1]
    return f"{month} {begin.year}" if split is Split.MONTH else f"{begin.day} {month}"
