# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of one measure: of a whole period, of the one before, and of each part.

Each series first asks for what it needs, so that what many need is read at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from helpdesk.core.schemas.figures import Card, Measure, Scope, Split, Statistic, Unit
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority
from helpdesk.figures.durations import Histogram
from helpdesk.figures.measures import (
    BANDS,
    DAYLIKE,
    MEANINGS,
    SCORES,
    STATUS_SECONDS,
    Band,
    Kind,
    Meaning,
    tickets_of,
    value_of,
)
from helpdesk.figures.periods import Days, Stretch, stretches
from helpdesk.models.base import PRIORITY_RANKS
from helpdesk.repositories.due_tickets import Due, DueTicketRepository
from helpdesk.repositories.figures import NOW, Key, Parts
from helpdesk.services.figure_reads import FigureReads, Live
from helpdesk.services.figure_scope import PART_COLUMNS, NotKept, Only, filters_of
from helpdesk.services.figure_times import (
    FEW,
    MANY,
    MOST_PARTS,
    NAMES,
    All,
    FigureTimes,
    Of,
    exact,
)

_DAY = 86_400
_UTC, _DAYS_IN_UTC = "UTC", "days in UTC"
_AHEAD = 2
"""So many days behind today tickets may have been opened, by a clock that was put back since."""


class Number(NamedTuple):
    """A value, and how many tickets it was taken from."""

    value: float | None
    tickets: int


NONE = Number(None, 0)
MEANS = "Mean times: for so long a period no others are told of so many parts."
DueAsk = tuple[Due, tuple[tuple[str, Any], ...], str | None]


@dataclass
class Gathered:
    """What the cards of one dashboard are worked out from."""

    due_tickets: DueTicketRepository
    reads: FigureReads
    times: FigureTimes
    today: int
    zone_name: str
    now: datetime
    due: dict[DueAsk, list[tuple[Any, int, int]]] = field(default_factory=dict)

    def read_due(self) -> None:
        """Read what is due, as far as it was asked for."""
        for due, filters, split in self.due:
            rows = self.due_tickets.counts(due, filters, split, self.now)
            self.due[due, filters, split] = rows


@dataclass(frozen=True, slots=True)
class Asked:
    """What a card is about."""

    card: Card
    scope: Scope
    key: Key
    days: Days
    parts: Parts | Only | None

    @property
    def split(self) -> Split:
        """Into which parts the figure is taken apart."""
        return self.card.split

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The days, weeks or months of it."""
        return stretches(self.days, self.split) if self.split in DAYLIKE else ()


class Series:
    """The numbers of a measure that is made of sums of days."""

    def __init__(self, gathered: Gathered, asked: Asked, measure: Measure) -> None:
        """Bind to a card, and to what all cards are worked out from."""
        self.gathered, self.reads, self.asked = gathered, gathered.reads, asked
        self.measure = measure
        self.meaning: Meaning = MEANINGS[measure]

    @property
    def unit(self) -> Unit:
        """What the numbers mean."""
        return self.meaning.unit

    @property
    def nothing(self) -> Number:
        """The number of a part that has no tickets."""
        is_number = self.meaning.unit in (Unit.TICKETS, Unit.COUNT)
        return Number(0.0, 0) if is_number else NONE

    @property
    def note(self) -> str:
        """A few words beside the number."""
        if self.measure is Measure.AVOIDED:
            return "" if self.gathered.zone_name == _UTC else _DAYS_IN_UTC
        if self.meaning.kind is not Kind.SCORE:
            return ""
        ratings = self.whole().tickets
        return f"{ratings:,} rating{'' if ratings == 1 else 's'}"

    def ask(self) -> None:
        """Ask for the sums that are needed."""
        asked, columns = self.asked, self.meaning.columns
        for days in self._periods:
            self.reads.ask(asked.key, days, columns)
        if asked.parts is not None:
            self.reads.ask_parts(asked.parts, asked.key, asked.days, columns)

    def ask_exact(self) -> None:
        """Ask for single tickets, once the sums are read."""

    def whole(self) -> Number:
        """Return the number of the whole period."""
        return self._of(self.reads.sums(self.asked.key, self.asked.days, self.meaning.columns))

    def before(self) -> float | None:
        """Return the number of the period before."""
        sums = self.reads.sums(self.asked.key, self.asked.days.before, self.meaning.columns)
        return self._of(sums).value

    @cached_property
    def points(self) -> dict[Any, Number]:
        """The numbers of the parts, by the key of a stretch or by what the part is."""
        return self._points()

    def _points(self) -> dict[Any, Number]:
        asked, columns = self.asked, self.meaning.columns
        if asked.split in DAYLIKE:
            return {
                each.key: self._of(self.reads.sums(asked.key, each.days, columns))
                for each in asked.stretches
            }
        if asked.parts is not None:
            found = self.reads.parts(asked.parts, asked.key, asked.days, columns)
            return {part: self._of(sums) for part, sums in found.items()}
        sums = self.reads.sums(asked.key, asked.days, columns)
        if asked.split is Split.SCORE:
            return {score: _counted(sums[name]) for score, name in enumerate(SCORES, start=1)}
        if asked.split is Split.STATUS:
            timed = sums["timed"]
            return {
                status: Number(sums[name] / timed if timed else None, timed)
                for status, name in zip(OPEN_STATUSES, STATUS_SECONDS, strict=True)
            }
        return {}

    @property
    def _periods(self) -> tuple[Days, ...]:
        days = self.asked.days
        return (days, days.before) if self.asked.card.compares else (days,)

    def _of(self, sums: Mapping[str, int]) -> Number:
        return Number(value_of(self.meaning, sums), tickets_of(self.meaning, sums))


class TimeSeries(Series):
    """Medians and the like of durations."""

    def __init__(self, gathered: Gathered, asked: Asked, measure: Measure) -> None:
        """Bind to a card; its parts are taken apart once all is read."""
        super().__init__(gathered, asked, measure)
        self._name, self._statistic = NAMES[measure], asked.card.statistic
        self._filters = filters_of(asked.scope)
        self._parts: dict[Any, tuple[Of, Histogram]] = {}
        self._all: All | None = None

    def ask(self) -> None:
        """Ask for the histograms that are needed."""
        asked, histogram = self.asked, self._of_days(self.asked.days).histogram
        for days in self._periods:
            self.reads.ask_times(asked.key, days, histogram)
        if asked.parts is not None:
            # Means, and how many parts there are, where these are too many for more.
            self.reads.ask_parts(asked.parts, asked.key, asked.days, self.meaning.columns)
            self.reads.ask_part_times(asked.parts, asked.key, asked.days, histogram)

    @property
    def tells_means(self) -> bool:
        """Whether the parts are so many that their means are told instead."""
        asked, histogram = self.asked, self._of_days(self.asked.days).histogram
        return asked.parts is not None and not self.reads.has_part_times(
            asked.parts, asked.days, histogram
        )

    @property
    def note(self) -> str:
        """Say so where the parts are told by their means."""
        return MEANS if self.tells_means else ""

    def ask_exact(self) -> None:
        """Ask for the tickets in the middle, as far as that costs little."""
        times = self.gathered.times
        for days in self._periods:
            times.ask(self._of_days(days), self._durations(days), self._statistic)
        self._parts = {} if self.tells_means else self._taken_apart()
        if not self._parts:
            return
        count = self._durations(self.asked.days).count
        if count <= FEW:
            split = None if self.asked.parts is None else PART_COLUMNS[self.asked.split]
            self._all = All(self._of_days(self.asked.days), split)
            times.ask_all(self._all)
        elif count <= MANY and len(self._parts) <= MOST_PARTS:
            for of, found in self._parts.values():
                times.ask(of, found, self._statistic)

    def whole(self) -> Number:
        """Return the value in the middle of the whole period."""
        return self._number(self._of_days(self.asked.days), self._durations(self.asked.days))

    def before(self) -> float | None:
        """Return that of the period before."""
        days = self.asked.days.before
        return self._number(self._of_days(days), self._durations(days)).value

    def _points(self) -> dict[Any, Number]:
        if self.tells_means:
            return super()._points()
        if self._all is None:
            return {part: self._number(*each) for part, each in self._parts.items()}
        found = self.gathered.times.all(self._all)
        return {part: self._exact(self._listed(found, part)) for part in self._parts}

    def _taken_apart(self) -> dict[Any, tuple[Of, Histogram]]:
        asked = self.asked
        if asked.parts is not None:
            histogram, column = self._of_days(asked.days).histogram, PART_COLUMNS[asked.split]
            found = self.reads.part_times(asked.parts, asked.key, asked.days, histogram)
            return {part: (self._of_part(column, part), each) for part, each in found.items()}
        return {
            each.key: (self._of_days(each.days), self._durations(each.days))
            for each in asked.stretches
        }

    def _listed(self, found: Mapping[Any, Iterable[int]], part: Any) -> list[int]:
        if self.asked.parts is not None:
            return list(found.get(_stored(self.asked.split, part), ()))
        days = self._parts[part][0].days
        listed = (found.get(day, ()) for day in range(days.first, days.last + 1))
        return [duration for each in listed for duration in each]

    def _exact(self, durations: list[int]) -> Number:
        return Number(exact(durations, self._statistic), len(durations))

    def _number(self, of: Of, found: Histogram) -> Number:
        return Number(self.gathered.times.tell(of, found, self._statistic), found.count)

    def _of_days(self, days: Days) -> Of:
        return Of(self._name, self._filters, days)

    def _of_part(self, column: str, part: int) -> Of:
        others = tuple(each for each in self._filters if each[0] != column)
        part_filter = (column, _stored(self.asked.split, part))
        return Of(self._name, (*others, part_filter), self.asked.days)

    def _durations(self, days: Days) -> Histogram:
        return self.reads.times(self.asked.key, days, self._of_days(days).histogram)


class LiveSeries(Series):
    """How many tickets are open, now and at the end of each day."""

    _needs_days = False
    """Whether it matters of each part when what is open was opened."""

    @property
    def _counts(self) -> Callable[[tuple[int, ...]], int]:
        return _COUNTS.get(self.measure, _open)

    @property
    def _goes_back(self) -> bool:
        is_asked = self.asked.card.compares or self.asked.split in DAYLIKE
        return self.measure is Measure.OPEN and is_asked

    def ask(self) -> None:
        """Ask for what is open, and for what came and went since the period began."""
        asked = self.asked
        self.reads.ask_live(asked.key)
        if self._goes_back:
            since = Days(asked.days.first, self.gathered.today + _AHEAD)
            self.reads.ask(asked.key, since, ("created", "resolved"))
        if asked.parts is not None:
            self.reads.ask_live_parts(asked.parts, asked.key, by_day=self._needs_days)

    def whole(self) -> Number:
        """Return how many there are now."""
        key, by_day = self.asked.key, self._needs_days
        return self._of_live(self.reads.live(key) if by_day else self.reads.live_together(key))

    def before(self) -> float | None:
        """Return how many there were when the period began."""
        return self._at_end_of(self.asked.days.first - 1).value if self._goes_back else None

    def _points(self) -> dict[Any, Number]:
        asked = self.asked
        if asked.split in DAYLIKE:
            ends = self._at_ends()
            return {
                each.key: ends.get(each.days.last, NONE)
                if each.days.first <= self.gathered.today
                else NONE
                for each in asked.stretches
            }
        if asked.parts is not None:
            found = self.reads.live_parts(asked.parts, asked.key, by_day=self._needs_days)
            return {part: self._of_live(live) for part, live in found.items()}
        if asked.split is Split.STATUS:
            live = self.reads.live_together(asked.key)
            return {
                status: _counted(sum(row[place] for row in live.values()))
                for place, status in enumerate(OPEN_STATUSES)
            }
        if asked.split is Split.AGE:
            ages = self._ages(self.reads.live(asked.key))
            return {band.key: _in_band(ages, band) for band in BANDS}
        return {}

    def _of_live(self, live: Live) -> Number:
        count = self._counts
        return _counted(sum([count(row) for row in live.values()]))

    def _ages(self, live: Live) -> list[tuple[int, int]]:
        """Return of how many days how many are old."""
        today = self.gathered.today
        count = self._counts
        counted = ((max(today - day, 0), count(row)) for day, row in live.items())
        return [(age, tickets) for age, tickets in counted if tickets]

    def _at_end_of(self, day: int) -> Number:
        since = Days(day + 1, self.gathered.today + _AHEAD)
        sums = self.reads.sums(self.asked.key, since, ("created", "resolved"))
        return _counted(self.whole().tickets - sums["created"] + sums["resolved"])

    def _at_ends(self) -> dict[int, Number]:
        """Return how many were open at the end of each day, from the last one back."""
        asked, today = self.asked, self.gathered.today
        last = max(asked.days.last, today + _AHEAD)
        now = self.whole().tickets
        ends: dict[int, Number] = {}
        by_day = self.reads.by_day(asked.key)
        for day in range(last, asked.days.first - 1, -1):
            ends[day] = _counted(now)
            if sums := by_day.get(day):
                now += sums["resolved"] - sums["created"]
        return ends


class AgeSeries(LiveSeries):
    """How long what is open has been so."""

    _needs_days = True

    def _of_live(self, live: Live) -> Number:
        today = self.gathered.today
        counts = sorted((max(today - day, 0), _open(row)) for day, row in live.items())
        ages = [age * _DAY for age, count in counts for _ in range(count)]
        statistic = self.asked.card.statistic
        if not ages:
            return NONE
        if statistic is Statistic.MEAN:
            return Number(sum(ages) / len(ages), len(ages))
        return Number(exact(ages, statistic), len(ages))


class DueSeries(Series):
    """How many tickets are late, or due soon."""

    @property
    def _due(self) -> Due:
        return Due.OVERDUE if self.measure is Measure.OVERDUE else Due.SOON

    @property
    def _ask(self) -> DueAsk:
        return self._due, filters_of(self.asked.scope), PART_COLUMNS.get(self.asked.split)

    @property
    def note(self) -> str:
        """How many of them are urgent."""
        urgent = sum(row[2] for row in self.gathered.due[self._ask])
        return f"{urgent:,} urgent" if urgent else ""

    def ask(self) -> None:
        """Ask for what is due."""
        self.gathered.due.setdefault(self._ask, [])

    def whole(self) -> Number:
        """Return how many there are now."""
        return _counted(sum(row[1] for row in self.gathered.due[self._ask]))

    def before(self) -> float | None:
        """Return nothing: what was due at another moment is not kept."""
        return None

    def _points(self) -> dict[Any, Number]:
        if self.asked.split is Split.NONE:
            return {}
        return {_told(part): _counted(count) for part, count, _ in self.gathered.due[self._ask]}


def series_of(gathered: Gathered, asked: Asked, measure: Measure) -> Series:
    """Return the numbers of a measure for a card. Raises ``NotKept`` where there are none."""
    meaning = MEANINGS[measure]
    if asked.split is not Split.NONE and asked.split not in meaning.splits:
        by = asked.split.label.lower()
        raise NotKept(f"{measure.label} is not told by {by}; choose another split.")
    if measure is Measure.AVOIDED and asked.scope != Scope():
        raise NotKept("What articles made needless is nobody's ticket; choose all tickets.")
    kinds: dict[Kind, type[Series]] = {
        Kind.LIVE: LiveSeries,
        Kind.WORKLOAD: LiveSeries,
        Kind.AGE: AgeSeries,
        Kind.DUE: DueSeries,
    }
    if meaning.kind is Kind.TIME and asked.card.statistic is not Statistic.MEAN:
        return TimeSeries(gathered, asked, measure)
    return kinds.get(meaning.kind, Series)(gathered, asked, measure)


def _counted(count: int) -> Number:
    return Number(float(count), count)


def _in_band(ages: Sequence[tuple[int, int]], band: Band) -> Number:
    most = band.most
    return _counted(
        sum(tickets for age, tickets in ages if age >= band.least and (most is None or age <= most))
    )


def _open(row: tuple[int, ...]) -> int:
    return sum(row[: len(NOW)])


def _unassigned(row: tuple[int, ...]) -> int:
    return row[len(NOW)]


def _assigned(row: tuple[int, ...]) -> int:
    return _open(row) - _unassigned(row)


_COUNTS = {Measure.UNASSIGNED: _unassigned, Measure.WORKLOAD: _assigned}


def _stored(split: Split, part: int) -> Any:
    """Return a part as the column of a ticket has it."""
    return PRIORITY_RANKS[part - 1] if split is Split.PRIORITY else part


def _told(part: Any) -> Any:
    """Return a part as series tell it: a priority by its rank."""
    return PRIORITY_RANKS.index(part) + 1 if isinstance(part, Priority) else part
