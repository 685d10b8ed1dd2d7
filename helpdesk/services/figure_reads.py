# SPDX-License-Identifier: GPL-3.0-or-later
"""Gathers what many cards need and reads it at once: what two of them need is read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from helpdesk.figures.durations import Histogram
from helpdesk.figures.periods import Days
from helpdesk.repositories.figures import BLOCK, FigureRepository, Key, Parts, Range
from helpdesk.services.figure_scope import Only, lacks_none

Sums = dict[str, int]
Live = dict[int, tuple[int, ...]]
"""How many tickets are open now of those opened on a day: by status, and the unassigned."""
_NOTHING = (0, 0, 0, 0, 0)
MOST_HISTOGRAMS = 6_000
"""Of more parts and days than that no histograms are read: it would take too long."""


@dataclass
class _Asked:
    """Which days of one slice, or of its parts, and which columns."""

    days: Days
    columns: dict[str, None] = field(default_factory=dict)

    def add(self, days: Days, columns: Iterable[str]) -> None:
        self.days = Days(min(self.days.first, days.first), max(self.days.last, days.last))
        self.columns.update(dict.fromkeys(columns))

    @property
    def range(self) -> Range:
        return Range(self.days.first, self.days.last)


class FigureReads:
    """What is read of sums for some cards: first all is asked for, then read, then told."""

    def __init__(self, figures: FigureRepository) -> None:
        """Bind to where sums are read."""
        self._figures = figures
        self._asked: dict[Key, _Asked] = {}
        self._asked_times: dict[tuple[Key, str], _Asked] = {}
        self._asked_parts: dict[tuple[Parts, Days], _Asked] = {}
        self._asked_part_times: dict[tuple[Parts, Days, str], _Asked] = {}
        self._rows: dict[Key, dict[int, Sums]] = defaultdict(dict)
        self._blobs: dict[tuple[Key, str], dict[int, bytes]] = defaultdict(dict)
        self._parts: dict[tuple[Parts, Days], dict[int, Sums]] = {}
        self._part_times: dict[tuple[Parts, Days, str], dict[int, Histogram]] = {}
        self._live: dict[Key, Live] = {}
        self._live_sums: dict[Key, Live] = {}
        self._live_parts: dict[tuple[Parts, bool], dict[int, Live]] = {}
        self._totals: dict[tuple[Key, str, Days], Histogram] = {}

    # --- asking -----------------------------------------------------------------------------

    def ask(self, key: Key, days: Days, columns: Iterable[str]) -> None:
        """Ask for sums of some days of a slice."""
        self._asked.setdefault(key, _Asked(days)).add(days, columns)

    def ask_times(self, key: Key, days: Days, histogram: str) -> None:
        """Ask for the durations of some days of a slice."""
        self._asked_times.setdefault((key, histogram), _Asked(days)).add(days, (histogram,))

    def ask_live(self, key: Key) -> None:
        """Ask for what is open now of a slice."""
        self._live.setdefault(key, {})

    def ask_parts(self, parts: Parts | Only, key: Key, days: Days, columns: Iterable[str]) -> None:
        """Ask for the sums of some days of each part of a slice."""
        wanted = tuple(columns)
        if isinstance(parts, Only) or lacks_none(parts):
            self.ask(key, days, wanted)
        if isinstance(parts, Parts):
            self._asked_parts.setdefault((parts, days), _Asked(days)).add(days, wanted)

    def ask_part_times(self, parts: Parts | Only, key: Key, days: Days, histogram: str) -> None:
        """Ask for the durations of some days of each part of a slice."""
        if isinstance(parts, Only) or lacks_none(parts):
            self.ask_times(key, days, histogram)
        if isinstance(parts, Parts):
            asked = self._asked_part_times.setdefault((parts, days, histogram), _Asked(days))
            asked.add(days, (histogram,))

    def ask_live_parts(self, parts: Parts | Only, key: Key, *, by_day: bool) -> None:
        """Ask for what is open now of each part of a slice."""
        if isinstance(parts, Only) or lacks_none(parts):
            self.ask_live(key)
        if isinstance(parts, Parts):
            self._live_parts.setdefault((parts, by_day), {})

    # --- reading ----------------------------------------------------------------------------

    def read(self) -> None:
        """Read all that was asked for."""
        self._read_days()
        self._read_times()
        for (parts, days), asked in self._asked_parts.items():
            columns = tuple(asked.columns)
            rows = self._figures.parts(parts, asked.range, columns)
            found = {part: dict(zip(columns, row, strict=True)) for part, row in rows}
            self._parts[parts, days] = found
        for (parts, days, name), asked in self._asked_part_times.items():
            if len(self._parts[parts, days]) * len(days) > MOST_HISTOGRAMS:
                continue
            found_blobs = self._figures.part_histograms(parts, asked.range, name)
            lanes: dict[int, int] = defaultdict(int)
            for part, told in found_blobs:
                lanes[part] += _lanes_told(told)
            self._part_times[parts, days, name] = {
                part: Histogram(each) for part, each in lanes.items()
            }
        self._read_live()

    def _read_days(self) -> None:
        if not self._asked:
            return
        columns = tuple(
            dict.fromkeys(name for each in self._asked.values() for name in each.columns)
        )
        wanted = [(key, each.range) for key, each in self._asked.items()]
        for key, day, row in self._figures.days(wanted, columns):
            self._rows[key][day] = dict(zip(columns, row, strict=True))

    def _read_times(self) -> None:
        for name in {name for _, name in self._asked_times}:
            wanted = [
                (key, each.range) for (key, kind), each in self._asked_times.items() if kind == name
            ]
            for key, day, (blob,) in self._figures.days(wanted, (name,)):
                if blob:
                    self._blobs[key, name][day] = blob

    def _read_live(self) -> None:
        if self._live:
            for key, day, row in self._figures.live(tuple(self._live)):
                self._live[key][day] = tuple(row)
        for (parts, by_day), found in self._live_parts.items():
            for part, day, row in self._figures.live_parts(parts, by_day=by_day):
                found.setdefault(part, {})[day] = tuple(row)

    # --- telling ----------------------------------------------------------------------------

    def sums(self, key: Key, days: Days, columns: Iterable[str]) -> Sums:
        """Return the sums of some days."""
        rows = self._rows.get(key, {})
        if len(days) == 1:
            row = rows.get(days.first)
            return {name: row[name] if row else 0 for name in columns}
        found = [rows[day] for day in range(days.first, days.last + 1) if day in rows]
        return {name: sum([row[name] for row in found]) for name in columns}

    def by_day(self, key: Key) -> Mapping[int, Sums]:
        """Return the sums of each day on which there are some."""
        return self._rows.get(key, {})

    def times(self, key: Key, days: Days, histogram: str) -> Histogram:
        """Return the durations of some days."""
        place = (key, histogram, days)
        if place not in self._totals:
            blobs = self._blobs.get((key, histogram), {})
            self._totals[place] = _summed(blobs, days)
        return self._totals[place]

    def live(self, key: Key) -> Live:
        """Return what is open now, by the day on which it was opened."""
        return self._live[key]

    def live_together(self, key: Key) -> Live:
        """Return the same of all days together, as day 0."""
        if key not in self._live_sums:
            self._live_sums[key] = _together(self._live[key])
        return self._live_sums[key]

    def parts(
        self, parts: Parts | Only, key: Key, days: Days, columns: tuple[str, ...]
    ) -> dict[int, Sums]:
        """Return the sums of each part."""
        if isinstance(parts, Only):
            return {parts.part: self.sums(key, days, columns)}
        found = dict(self._parts[parts, days])
        if lacks_none(parts):
            whole = self.sums(key, days, columns)
            found[0] = {name: whole[name] - _total(found, name) for name in columns}
        return found

    def has_part_times(self, parts: Parts | Only, days: Days, histogram: str) -> bool:
        """Return whether the durations of each part were read, and not too many to be."""
        return isinstance(parts, Only) or (parts, days, histogram) in self._part_times

    def part_times(
        self, parts: Parts | Only, key: Key, days: Days, histogram: str
    ) -> dict[int, Histogram]:
        """Return the durations of each part."""
        if isinstance(parts, Only):
            return {parts.part: self.times(key, days, histogram)}
        found = dict(self._part_times[parts, days, histogram])
        if lacks_none(parts):
            lanes = sum(each.lanes for each in found.values())
            found[0] = Histogram(self.times(key, days, histogram).lanes - lanes)
        return found

    def live_parts(self, parts: Parts | Only, key: Key, *, by_day: bool) -> dict[int, Live]:
        """Return what is open now of each part; of all days together as day 0 if that will do."""
        if isinstance(parts, Only):
            return {parts.part: self.live(key)}
        found = dict(self._live_parts[parts, by_day])
        if lacks_none(parts):
            whole = self.live(key) if by_day else self.live_together(key)
            found[0] = _rest(whole, found.values())
        return found


def _summed(blobs: Mapping[int, bytes], days: Days) -> Histogram:
    """Return the sum of the histograms of some days, block by block."""
    blocks: dict[int, list[bytes]] = defaultdict(list)
    for day in range(days.first, days.last + 1):
        if day in blobs:
            blocks[day // BLOCK].append(blobs[day])
    return Histogram(sum(_lanes_of(tuple(block)) for block in blocks.values()))


# Days that are over hardly ever change. Whoever looks again finds their sums by what they were
# made of, so that nothing is ever told that is not so any more.
@lru_cache(maxsize=512)
def _lanes_of(blobs: tuple[bytes, ...]) -> int:
    return Histogram.total(blobs).lanes


@lru_cache(maxsize=1024)
def _lanes_told(told: str) -> int:
    return Histogram.total(map(bytes.fromhex, told.split(","))).lanes


def _total(parts: Mapping[int, Mapping[str, int]], name: str) -> int:
    return sum(sums.get(name, 0) for sums in parts.values())


def _together(live: Live) -> Live:
    return {0: tuple(map(sum, zip(*live.values(), strict=True)))} if live else {}


def _rest(whole: Live, parts: Iterable[Live]) -> Live:
    """Return what is left of the open tickets without those of some parts."""
    taken: dict[int, list[int]] = defaultdict(lambda: list(_NOTHING))
    for part in parts:
        for day, row in part.items():
            taken[day] = [here + there for here, there in zip(taken[day], row, strict=True)]
    rest: dict[int, Any] = {}
    for day, row in whole.items():
        left = tuple(here - there for here, there in zip(row, taken[day], strict=True))
        if any(left):
            rest[day] = left
    return rest
