# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what tickets count as with the tickets, and the sums by day and hour with both.

Tickets are walked some at a time, and the sums a few days at a time, so that a large desk fits
into memory. What differs can be put right, row by row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from helpdesk.database.figure_audit import FigureAuditRows, Sums
from helpdesk.database.figure_rows import ALL, COUNTED, RECOUNTED, ZONE, Counted, Statements
from helpdesk.database.findings import REPAIR, told
from helpdesk.database.types import NEVER, to_microseconds
from helpdesk.figures.contribution import Key, TicketFacts
from helpdesk.figures.ledger import Ledger
from helpdesk.figures.reckoning import Days, facts_of, seconds_of
from helpdesk.figures.slices import Slice
from helpdesk.figures.sums import ONE

FIGURE_WEIGHT = 6
_OTHERWISE = "Figures count {which} as something else than what it is; " + REPAIR
_DAYS_SENTENCE = "Figures of {which} are not the sums of their tickets; " + REPAIR
_HOURS_SENTENCE = "The hours of {which} are not those of its tickets; " + REPAIR
TICKETS_IN_WINDOW = 20_000
"""So many tickets, by the days on which they were opened, are summed up at once."""
_AT_ONCE = 5_000
_NEVER = to_microseconds(NEVER)
_EPOCH = date(1970, 1, 1)
_DAY_FIELDS = (
    "created_day",
    "created_hour",
    "responded_day",
    "resolved_day",
    "closed_day",
    "escalated_day",
    "rated_day",
)


class Wrong(NamedTuple):
    """A row of sums that is not what it should be, with what it should be."""

    key: Key
    sums: Sums


def figure_findings(statements: Statements) -> list[str]:
    """Return what is wrong with figures, a line each; a desk that never counted has none."""
    audit = Audit(statements)
    tickets = sorted(facts.ticket_id for _, facts in audit.tickets())
    if tickets:
        # The sums are those of what tickets counted as: they are put right with them.
        return told(_OTHERWISE, tickets)
    days = sorted({wrong.key[-1] for wrong in audit.days()})
    hours = sorted({day for (_, day, _), _ in audit.hours()})
    return told_of_days(_DAYS_SENTENCE, days) + told_of_days(_HOURS_SENTENCE, hours)


def count_again(statements: Statements) -> None:
    """Put right whatever is wrong with figures."""
    audit, rows = Audit(statements), FigureAuditRows(statements)
    for before, facts in list(audit.tickets()):
        if before is None:
            rows.add((facts,))
        else:
            rows.change(((before, facts),))
    for wrong in list(audit.days()):
        rows.put(wrong.key, wrong.sums)
    for place, created in list(audit.hours()):
        rows.put_hour(place, created)


class Audit:
    """What figures are, beside what they should be."""

    def __init__(self, statements: Statements) -> None:
        """Bind to a connection that sees one state of the desk."""
        self._rows = FigureAuditRows(statements)
        facts = self._rows.facts()
        self._zone = facts.get(ZONE)
        self._is_all_counted = facts.get(COUNTED) == ALL
        upto = facts.get(RECOUNTED) or ALL
        self._in_zone_upto = None if upto == ALL else int(upto)

    def tickets(self) -> Iterator[tuple[TicketFacts | None, TicketFacts]]:
        """Yield as what a ticket counts and as what it should, where that differs.

        What still waits to be counted is left to those who do that.
        """
        if self._zone is None:
            return
        days, last = Days(self._zone), self._rows.last_ticket()
        for first in range(1, last + 1, _AT_ONCE):
            upto = first + _AT_ONCE - 1
            moves = self._rows.moves(first, upto)
            for each in self._rows.tickets(first, upto):
                source, told_moves = each.source, moves.get(each.source.ticket_id)
                seconds = None
                if told_moves is not None:
                    seconds = seconds_of(source.created_at, source.status, told_moves)
                facts = self._expected(each, facts_of(source, days, _NEVER, seconds))
                if facts is not None and facts != each.before:
                    yield each.before, facts

    def days(self) -> Iterator[Wrong]:
        """Yield the rows of sums that are not those of their tickets."""
        avoided = self._rows.avoided()
        for first, last in self._windows():
            ledger = Ledger()
            for facts in self._rows.counting_on(first, last):
                ledger.change(None, facts)
            expected = {
                key: sums for key, sums in _summed_up(ledger).items() if first <= key[-1] <= last
            }
            for day in avoided:
                if first <= day <= last:
                    _avoid(expected, day, avoided[day])
            for key, sums in self._rows.sums_between(first, last):
                wanted = expected.pop(key, Sums(0, {}))
                if sums != wanted:
                    yield Wrong(key, wanted)
            yield from (Wrong(key, sums) for key, sums in expected.items())

    def hours(self) -> Iterator[tuple[tuple[int, int, int], int]]:
        """Yield the team, day and hour of wrong counts, with how many tickets there were."""
        expected, kept = self._rows.hours_of_tickets(), self._rows.hours()
        for place in sorted(expected.keys() | kept.keys()):
            if expected.get(place, 0) != kept.get(place, 0):
                yield place, expected.get(place, 0)

    def _expected(self, each: Counted, facts: TicketFacts) -> TicketFacts | None:
        before = each.before
        if before is None:
            return facts if self._is_all_counted else None
        upto = self._in_zone_upto
        if upto is None or facts.ticket_id <= upto:
            return facts
        # Its days are still those of the zone before.
        kept = {
            name: getattr(before, name)
            for name in _DAY_FIELDS
            if getattr(before, name) is not None and getattr(facts, name) is not None
        }
        return facts._replace(**kept)

    def _windows(self) -> Iterator[tuple[int, int]]:
        """Yield stretches of days that cover all, with not too many tickets opened in each."""
        first, opened = -(2**40), 0
        for day, tickets in self._rows.opened_by_day():
            opened += tickets
            if opened >= TICKETS_IN_WINDOW:
                yield first, day
                first, opened = day + 1, 0
        yield first, 2**40


def told_of_days(sentence: str, days: list[int]) -> list[str]:
    """Return what is wrong with some days, or nothing where there are none."""
    if not days:
        return []
    named = [_named(day) for day in days[:5]]
    more = len(days) - len(named)
    which = f"{', '.join(named)} and {more:,} more" if more else ", ".join(named)
    return [sentence.format(which=which)]


def _named(day: int) -> str:
    try:
        return str(_EPOCH + timedelta(days=day))
    except OverflowError:
        return f"day {day}"


def _summed_up(ledger: Ledger) -> dict[Key, Sums]:
    histograms: dict[Key, dict[str, Mapping[int, int]]] = {}
    for (key, kind), buckets in ledger.durations.items():
        histograms.setdefault(key, {})[kind] = buckets
    return {key: Sums(sums, histograms.get(key, {})) for key, sums in ledger.sums.items()}


def _avoid(expected: dict[Key, Sums], day: int, tickets: int) -> None:
    key = (Slice.ALL.value, 0, 0, day)
    before = expected.get(key, Sums(0, {}))
    expected[key] = before._replace(packed=before.packed + tickets * ONE["avoided"])
