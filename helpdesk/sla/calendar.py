# SPDX-License-Identifier: GPL-3.0-or-later
"""Reckons in business hours: how much of a time counts, when enough has counted, and why not.

The rule. An instant works if and only if its date, in the calendar's time zone, is no holiday
and its wall time there lies in a slot of its weekday, or in a slot of the day before that
reaches past midnight (then with 24 hours added). A holiday so closes every minute of its own
date and none of another. Wall times that do not exist when clocks are set forward do not
count; the hour that is told twice when they are set back counts twice if it lies in a slot.
Where slots overlap, time counts once. Moments are taken to the whole second.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from helpdesk.core.schemas.sla import DAY_MINUTES, CalendarSettings, Slot, WorkingPart
from helpdesk.sla.holidays import days_off

OUT_OF_HOURS = "outside of hours"
"""Why time does not count that is no holiday."""

LOOK_AHEAD_YEARS = 25
"""What is not over by then is never over: calendars can be empty, and targets absurd."""

_MOST_YEARS_KEPT = 100
_MINUTE, _DAY, _WEEK = 60, 86_400, 7
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY, _EPOCH_WEEKDAY = date(1970, 1, 1).toordinal(), date(1970, 1, 1).weekday()
_SECOND = timedelta(seconds=1)

_Span = tuple[int, int]
_Told = tuple[int, int, str | None]
"""From one second to another, and why it does not work; ``None`` where it does."""


@dataclass(frozen=True, slots=True)
class _Year:
    """The working time of a year in UTC: where each stretch begins and ends, and the sums."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    sums: tuple[int, ...]
    """What has been counted from the year's beginning to the end of each stretch."""

    @property
    def total(self) -> int:
        """The working seconds of the whole year."""
        return self.sums[-1] if self.sums else 0

    def until(self, second: int) -> int:
        """Return what has been counted from the year's beginning to a second of it."""
        at = bisect_right(self.starts, second) - 1
        return self.sums[at] - max(self.ends[at] - second, 0) if at >= 0 else 0

    def reaches(self, counted: int) -> int:
        """Return the first second at which so much has been counted."""
        at = bisect_left(self.sums, counted)
        return self.ends[at] - (self.sums[at] - counted)


class WorkingCalendar:
    """When a desk or a team works, ready to reckon with.

    Years are worked out when they are first asked for and kept, so that it is quick to ask
    again. Safe to use from several threads: at worst two of them work out the same year.
    """

    def __init__(self, time_zone: str, slots: Sequence[Slot], days_off: Mapping[date, str]) -> None:
        """Take a known time zone, the slots, and the names of holidays by their days."""
        self._zone = ZoneInfo(time_zone)
        self._hours = tuple(_hours_of(weekday, slots) for weekday in range(_WEEK))
        self._days_off = days_off
        self._years: dict[int, _Year] = {}

    @classmethod
    def of(
        cls, settings: CalendarSettings, feed_days: Iterable[tuple[str, str]] = ()
    ) -> WorkingCalendar:
        """Make the calendar of some settings, with the days that its feeds name."""
        return cls(settings.time_zone, settings.slots, days_off(settings, feed_days))

    def counted(self, begin: datetime, end: datetime) -> int:
        """Return the seconds of working time between two moments; 0 where none lie between."""
        first, last = _second(begin), _second(end)
        if last <= first:
            return 0
        year, last_year = _year_of(first), _year_of(last)
        counted = self._year(last_year).until(last) - self._year(year).until(first)
        return counted + sum(self._year(each).total for each in range(year, last_year))

    def after(self, begin: datetime, seconds: int) -> datetime | None:
        """Return the first moment by which so many seconds have counted.

        ``None`` where that does not happen within ``LOOK_AHEAD_YEARS``.
        """
        if seconds <= 0:
            return begin
        if not any(self._hours):
            return None
        first = _second(begin)
        year = _year_of(first)
        left = seconds + self._year(year).until(first)
        for each in range(year, year + LOOK_AHEAD_YEARS + 1):
            found = self._year(each)
            if left <= found.total:
                return _EPOCH + timedelta(seconds=found.reaches(left))
            left -= found.total
        return None

    def parts(self, begin: datetime, end: datetime) -> list[WorkingPart]:
        """Return what lies between two moments, without gaps, and why some of it does not count."""
        told = list(_joined(self._told(_second(begin), _second(end))))
        if end <= begin:
            return []
        if not told:
            told = list(self._told(_second(begin), _second(begin) + 1))
        cuts = [begin, *(_EPOCH + timedelta(seconds=start) for start, _, _ in told[1:]), end]
        return [
            WorkingPart(begin=start, end=stop, works=why is None, why=why or "")
            for (start, stop), (_, _, why) in zip(pairwise(cuts), told, strict=True)
        ]

    # --- how ----------------------------------------------------------------------------------

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            if len(self._years) >= _MOST_YEARS_KEPT:
                self._years.clear()
            found = self._years[year] = self._worked_out(year)
        return found

    def _worked_out(self, year: int) -> _Year:
        told = _joined(self._told(_first_second(year), _first_second(year + 1)))
        spans = [(start, end) for start, end, why in told if why is None]
        sums, counted = [], 0
        for start, end in spans:
            counted += end - start
            sums.append(counted)
        return _Year(tuple(s for s, _ in spans), tuple(e for _, e in spans), tuple(sums))

    def _told(self, begin: int, end: int) -> Iterator[_Told]:
        """Tell of all the time from one second to another, in order."""
        for first, last, offset in self._steady(begin, end):
            for day in range((first + offset) // _DAY, (last - 1 + offset) // _DAY + 1):
                midnight = day * _DAY - offset
                for start, stop, why in self._told_of(day):
                    left, right = max(midnight + start, first), min(midnight + stop, last)
                    if left < right:
                        yield left, right, why

    def _steady(self, begin: int, end: int) -> Iterator[_Steady]:
        for year in range(_year_of(begin), _year_of(end - 1) + 1):
            for first, last, offset in _steady(self._zone, year):
                if first < end and last > begin:
                    yield _Steady(max(first, begin), min(last, end), offset)

    def _told_of(self, day: int) -> Iterator[_Told]:
        """Tell of a date, counted in days, by the seconds of its wall time."""
        holiday = self._days_off.get(date.fromordinal(day + _EPOCH_DAY))
        if holiday is not None:
            yield 0, _DAY, holiday
            return
        told = 0
        for start, end in self._hours[(day + _EPOCH_WEEKDAY) % _WEEK]:
            yield told, start, OUT_OF_HOURS
            yield start, end, None
            told = end
        yield told, _DAY, OUT_OF_HOURS


class _Steady(NamedTuple):
    """A time during which the offset of a time zone does not change."""

    begin: int
    end: int
    offset: int


@lru_cache(maxsize=512)
def _steady(zone: ZoneInfo, year: int) -> tuple[_Steady, ...]:
    """Split a year where the offset of a time zone changes; calendars of one zone share it."""
    begin, end = _first_second(year), _first_second(year + 1)
    start, offset, found = begin, _offset(zone, begin), list[_Steady]()
    for looked in range(begin, end, _DAY):
        until = min(looked + _DAY, end)
        if _offset(zone, until) != offset:
            change = _change(zone, looked, until, offset)
            found.append(_Steady(start, change, offset))
            start, offset = change, _offset(zone, change)
    return (*found, _Steady(start, end, offset))


def _change(zone: ZoneInfo, before: int, after: int, offset: int) -> int:
    """Return the second at which an offset ceases that holds before and not after."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def is_time_zone(name: str) -> bool:
    """Return whether a time zone of that name is known."""
    return name in _time_zones()


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory", "localtime"})


@lru_cache(maxsize=256)
def working_calendar(settings: str, feed_days: str = "[]") -> WorkingCalendar:
    """Return the calendar of a revision as it is stored; the same one for the same texts."""
    found = CalendarSettings.model_validate_json(settings)
    return WorkingCalendar(found.time_zone, found.slots, days_off(found, kept=feed_days))


def _hours_of(weekday: int, slots: Sequence[Slot]) -> tuple[_Span, ...]:
    """Return what works of a weekday, in seconds of its wall time, joined and in order."""
    before = (weekday - 1) % _WEEK
    minutes = [(slot.begin, slot.end) for slot in slots if slot.day == weekday]
    minutes += [
        (slot.begin - DAY_MINUTES, slot.end - DAY_MINUTES) for slot in slots if slot.day == before
    ]
    joined: list[_Span] = []
    for begin, end in sorted(minutes):
        start, stop = max(begin, 0) * _MINUTE, min(end, DAY_MINUTES) * _MINUTE
        if start >= stop:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(stop, joined[-1][1])
        else:
            joined.append((start, stop))
    return tuple(joined)


def _joined(told: Iterable[_Told]) -> Iterator[_Told]:
    """Join what follows upon one another for the same reason."""
    last: _Told | None = None
    for each in told:
        if last is not None and last[2] == each[2] and last[1] == each[0]:
            last = last[0], each[1], last[2]
            continue
        if last is not None:
            yield last
        last = each
    if last is not None:
        yield last


def _second(moment: datetime) -> int:
    return (moment - _EPOCH) // _SECOND


def _year_of(second: int) -> int:
    return (_EPOCH + timedelta(seconds=second)).year


def _first_second(year: int) -> int:
    return _second(datetime(year, 1, 1, tzinfo=UTC))
