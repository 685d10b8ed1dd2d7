# SPDX-License-Identifier: GPL-3.0-or-later
"""Two years of the desk in hours: when people write, and when technicians work."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from helpdesk.demo.places import SITE_SIZES, UTC_OFFSETS

DAYS = 730
_HOUR = 3600
_SECONDS = [timedelta(seconds=second) for second in range(_HOUR)]
_WORK_STARTS, _WORK_ENDS = 6, 20
"""Technicians of one site or another are at work between these hours, UTC."""

_MORNING = (0.02, 0.01, 0.01, 0.01, 0.01, 0.03, 0.08, 0.3, 0.95, 1.3, 1.2, 1.0)
_AFTERNOON = (0.55, 0.85, 1.0, 0.95, 0.7, 0.4, 0.18, 0.1, 0.08, 0.06, 0.04, 0.03)
_OFFICE = (*_MORNING, *_AFTERNOON)
"""How much an office writes in each hour of its local day."""
_WEEK = (1.38, 1.1, 1.02, 0.97, 0.8, 0.06, 0.05)
_HOLIDAYS = {(12, 24), (12, 25), (12, 26), (1, 1)}


class Arrival(NamedTuple):
    """When a ticket comes in: its moment, its place in working time, and the hour, UTC."""

    at: datetime
    position: float
    hour: int


class Timeline:
    """The time until ``now``; a *position* counts the technicians' working hours in it."""

    def __init__(self, now: datetime, random: Random) -> None:
        self.now = now
        this_hour = now.replace(minute=0, second=0, microsecond=0)
        first = this_hour - timedelta(days=DAYS)
        self._hours = [first + timedelta(hours=hour) for hour in range(DAYS * 24 + 1)]
        self._work_hours = [hour for hour in self._hours if _is_work(hour)]
        self._next_work = _next_work(self._hours)
        self._passed = max((now - this_hour).total_seconds() - 60, 0) / _HOUR
        self._random = random
        self.end = self.position(now)

    def position(self, at: datetime) -> float:
        """Return the working hours before ``at``, a moment of the two years."""
        seconds = (at - self._hours[0]).total_seconds()
        hour = int(seconds // _HOUR)
        working = _is_work(self._hours[hour])
        return self._next_work[hour] + (seconds % _HOUR / _HOUR if working else 0.0)

    def moment(self, position: float) -> datetime:
        """Return when a position before ``end`` is reached, to the second."""
        hour = int(position)
        return self._work_hours[hour] + _SECONDS[int((position - hour) * _HOUR)]

    def workday_morning(self, hours_ago: float) -> float:
        """Return a position on a working day before noon, about so many working hours ago."""
        position = max(self.end - hours_ago, 0.0)
        morning = next(p for p in range(int(position), -1, -1) if self._work_hours[p].hour == 8)
        return morning + self._random.uniform(0.0, 3.0)

    def arrivals(self, count: int, recent_share: float) -> Iterator[Arrival]:
        """Yield ``count`` moments in order; ``recent_share`` of them crowd the last months."""
        weights = self._weights(recent_share)
        step = sum(weights) / count if count else 0.0
        random = self._random.random
        hour, below = 0, 0.0
        for number in range(count):
            target = (number + random()) * step
            while target >= below + weights[hour] and hour < len(weights) - 1:
                below += weights[hour]
                hour += 1
            yield self._arrival(hour, min((target - below) / weights[hour], 0.9999))

    def _arrival(self, hour: int, fraction: float) -> Arrival:
        start = self._hours[hour]
        if hour == len(self._hours) - 1:
            fraction *= self._passed
        at = start + _SECONDS[int(fraction * _HOUR)]
        position = float(self._next_work[hour])
        if self._next_work[hour + 1] != self._next_work[hour]:
            position += fraction
        return Arrival(at, position, start.hour)

    def _weights(self, recent_share: float) -> list[float]:
        """Return how busy each hour is: office hours, weekdays, growth and chance."""
        random = self._random
        rhythm = [[_rhythm(day, hour) for hour in range(24)] for day in range(7)]
        growth = _growth(len(self._hours), recent_share)
        weights, mood = [], 1.0
        for index, moment in enumerate(self._hours):
            if moment.hour == 0:
                mood = math.exp(random.gauss(0, 0.16))
            day = 6 if (moment.month, moment.day) in _HOLIDAYS else moment.weekday()
            weights.append(rhythm[day][moment.hour] * growth[index] * mood)
        weights[-1] = max(weights[-1] * self._passed, 1e-9)
        return weights


def _is_work(moment: datetime) -> bool:
    if moment.weekday() > 4 or (moment.month, moment.day) in _HOLIDAYS:
        return False
    return _WORK_STARTS <= moment.hour < _WORK_ENDS


def _next_work(hours: list[datetime]) -> list[int]:
    """Return for each hour, and for the one after the last, how many working hours went before."""
    before = [0]
    for hour in hours:
        before.append(before[-1] + _is_work(hour))
    return before


def _rhythm(day: int, hour: int) -> float:
    """Return how busy an hour of the week is, over all sites."""
    return _WEEK[day] * sum(
        size * _OFFICE[(hour + offset) % 24]
        for size, offset in zip(SITE_SIZES, UTC_OFFSETS, strict=True)
    )


def busy_sites(hour: int) -> list[float]:
    """Return how much each site writes at an hour of the day, UTC."""
    return [
        size * _OFFICE[(hour + offset) % 24]
        for size, offset in zip(SITE_SIZES, UTC_OFFSETS, strict=True)
    ]


def _growth(hours: int, recent_share: float) -> list[float]:
    """Return a level line with a rise of the last months on top, their areas as the shares."""
    fade = 75 * 24.0
    rise = [math.exp((index - hours) / fade) for index in range(hours)]
    level = (1 - recent_share) / hours
    height = recent_share / sum(rise)
    return [level + height * value for value in rise]
