# SPDX-License-Identifier: GPL-3.0-or-later
"""Medians and the like of durations: from histograms, and exact wherever that costs little.

A histogram tells in which bucket the value in the middle lies. Where few tickets of the period are
in that bucket, their durations are read along an index, and the value is exact. Where all of a
period are few, all of them are read, and each part of a figure is exact as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from helpdesk.core.schemas.figures import Measure, Statistic
from helpdesk.figures.durations import Histogram, Place, bounds, estimate, on_line, ranks
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


class FigureTimes:
    """Works out values in the middle: first all are asked for, then looked up, then told."""

    def __init__(self, figures: FigureRepository) -> None:
        """Bind to where tickets are read."""
        self._figures = figures
        self._places: dict[Ordered, int | None] = {}
        self._all: dict[All, dict[Any, list[int]]] = {}

    def ask(self, of: Of, found: Histogram, statistic: Statistic) -> None:
        """Ask for a value in the middle."""
        for place in found.places(SHARES[statistic]):
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

    def tell(self, of: Of, found: Histogram, statistic: Statistic) -> float | None:
        """Return a value in the middle, ``None`` where there is nothing."""
        values = [self._value(of, place) for place in found.places(SHARES[statistic])]
        if not values:
            return None
        return on_line(values, found.count, SHARES[statistic])

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
    rank, _ = ranks(len(ordered), SHARES[statistic])
    return on_line(ordered[rank : rank + 2], len(ordered), SHARES[statistic])


def _ordered(of: Of, place: Place) -> Ordered:
    least, most = bounds(place.bucket)
    seconds, day = of.columns
    days = Range(of.days.first, of.days.last)
    most = _LONGEST if most is None else most
    return Ordered(seconds, day, of.filters, days, least, most, place.position)
