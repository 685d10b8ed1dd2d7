# SPDX-License-Identifier: GPL-3.0-or-later
"""Medians and the like of durations: from histograms, and exact wherever that costs little.

A histogram tells in which bucket the value in the middle lies. Where few tickets of the period are
in that bucket, their durations are read along an index, and the value is exact. Where all of a
period are few, all of them are read, and each part of a figure is exact as well.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from helpdesk.core.schemas.figures import Measure, Statistic
from helpdesk.figures.durations import Histogram, Place, bounds, estimate, ranks
from helpdesk.figures.periods import Days
from helpdesk.repositories.figures import MOST_READ, FigureRepository, Ordered, Range

FEW = 3_000
"""So many durations are all read for the parts of a figure."""
MANY = 20_000
"""Of up to so many the values in the middle of each part are looked up."""
MOST_PARTS = 60
_AT_ONCE = 60
_LONGEST = 2**62
SHARES = {Statistic.MEDIAN: 0.5, Statistic.P90: 0.9}
NAMES = {Measure.FIRST_RESPONSE_TIME: "response", Measure.RESOLUTION_TIME: "resolution"}
_DAY_OF = {"response": "responded_day", "resolution": "resolved_day"}
Filters = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Of:
    """The durations of some tickets: which duration, of which tickets, of which days."""

    name: str
    filters: Filters
    days: Days

    @property
    def histogram(self) -> str:
        """The column that keeps them."""
        return f"{self.name}_histogram"

    @property
    def columns(self) -> tuple[str, str]:
        """The duration and the day of what one ticket counts as."""
        return f"{self.name}_seconds", _DAY_OF[self.name]


@dataclass(frozen=True, slots=True)
class All:
    """All durations of some tickets, by the day or by what ``split`` names."""

    of: Of
    split: str | None


class Spread:
    """A histogram, taken apart once."""

    def __init__(self, histogram: Histogram) -> None:
        """Take a histogram."""
        self.histogram = histogram

    @property
    def count(self) -> int:
        """How many durations there are."""
        return self._upto[-1] if self._upto else 0

    def places(self, statistic: Statistic) -> list[Place]:
        """Return between which durations a value in the middle lies; none where there are none."""
        if not self.count:
            return []
        rank, rest = ranks(self.count, SHARES[statistic])
        return [self._place(each) for each in ((rank, rank + 1) if rest else (rank,))]

    def _place(self, rank: int) -> Place:
        nth = bisect_right(self._upto, rank)
        bucket, count = self._buckets[nth]
        return Place(bucket, rank - self._upto[nth] + count, count)

    @cached_property
    def _buckets(self) -> list[tuple[int, int]]:
        return list(self.histogram.counts().items())

    @cached_property
    def _upto(self) -> list[int]:
        return list(accumulate(count for _, count in self._buckets))


class FigureTimes:
    """Works out values in the middle: first all are asked for, then looked up, then told."""

    def __init__(self, figures: FigureRepository) -> None:
        """Bind to where tickets are read."""
        self._figures = figures
        self._places: dict[Ordered, int | None] = {}
        self._all: dict[All, dict[Any, list[int]]] = {}

    def ask(self, of: Of, found: Spread, statistic: Statistic) -> None:
        """Ask for a value in the middle."""
        for place in found.places(statistic):
            if place.among <= MOST_READ:
                self._places.setdefault(_ordered(of, place), None)

    def ask_all(self, whole: All) -> None:
        """Ask for all durations, which are few."""
        self._all.setdefault(whole, {})

    def read(self) -> None:
        """Look up what was asked for."""
        wanted = list(self._places)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            self._places.update(zip(some, self._figures.ordered(some), strict=True))
        for whole, found in self._all.items():
            seconds, day = whole.of.columns
            days = Range(whole.of.days.first, whole.of.days.last)
            rows = self._figures.seconds(seconds, day, whole.of.filters, days, whole.split)
            kept: dict[Any, list[int]] = defaultdict(list)
            for part, on, duration in rows:
                kept[part if whole.split else on].append(duration)
            found.update(kept)

    def tell(self, of: Of, found: Spread, statistic: Statistic) -> float | None:
        """Return a value in the middle, ``None`` where there is nothing."""
        values = [self._value(of, place) for place in found.places(statistic)]
        if not values:
            return None
        rest = ranks(found.count, SHARES[statistic])[1]
        return values[0] + rest * (values[-1] - values[0])

    def all(self, whole: All) -> Mapping[Any, Sequence[int]]:
        """Return all durations, by the day or by part."""
        return self._all[whole]

    def _value(self, of: Of, place: Place) -> float:
        exact = self._places.get(_ordered(of, place))
        return estimate(place) if exact is None else exact


def exact(durations: Iterable[int], statistic: Statistic) -> float | None:
    """Return a value in the middle of some durations."""
    ordered = sorted(durations)
    if not ordered:
        return None
    rank, rest = ranks(len(ordered), SHARES[statistic])
    following = ordered[min(rank + 1, len(ordered) - 1)]
    return ordered[rank] + rest * (following - ordered[rank])


def _ordered(of: Of, place: Place) -> Ordered:
    least, most = bounds(place.bucket)
    seconds, day = of.columns
    days = Range(of.days.first, of.days.last)
    most = _LONGEST if most is None else most
    return Ordered(seconds, day, of.filters, days, least, most, place.position)
