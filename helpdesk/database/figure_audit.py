# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads figures for a check of them, and puts single rows of sums right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, cast

from helpdesk.database.figure_rows import COUNTED, KEYS, KINDS, RECOUNTED, ZONE, FigureRows
from helpdesk.figures.contribution import Key, TicketFacts
from helpdesk.figures.durations import Histogram
from helpdesk.figures.ledger import ALL_TEAMS
from helpdesk.figures.sums import COLUMNS, packed

_UNREADABLE = {-1: 1}
_DAYS = tuple(name for name in TicketFacts._fields if name.endswith("_day"))

# The names in these statements are all our own.
_FACTS = f"SELECT name, value FROM desk_fact WHERE name IN ('{ZONE}', '{COUNTED}', '{RECOUNTED}')"  # noqa: S608
_OPENED = "SELECT created_day, count(*) FROM ticket_figure GROUP BY created_day ORDER BY 1"
_COUNTING_ON = (
    f"SELECT {', '.join(TicketFacts._fields)} FROM ticket_figure"  # noqa: S608
    f" WHERE {' OR '.join(f'{day} BETWEEN :first AND :last' for day in _DAYS)}"
)
_SUMS = (
    f"SELECT {', '.join((*KEYS, *COLUMNS, *KINDS))} FROM daily_figure"  # noqa: S608
    " WHERE day BETWEEN :first AND :last"
)
_AVOIDED = "SELECT day, sum(avoided) FROM article_day WHERE avoided <> 0 GROUP BY day"
_FORGET = f"DELETE FROM daily_figure WHERE {' AND '.join(f'{key} = :{key}' for key in KEYS)}"  # noqa: S608
_HOURS_OF_TICKETS = (
    "SELECT team_id, created_day, created_hour, count(*) FROM ticket_figure GROUP BY 1, 2, 3"
)
_HOURS = "SELECT team_id, day, hour, created FROM hourly_figure"
_FORGET_HOUR = "DELETE FROM hourly_figure WHERE team_id = :team_id AND day = :day AND hour = :hour"
_PUT_HOUR = (
    "INSERT INTO hourly_figure (team_id, day, hour, created)"
    " VALUES (:team_id, :day, :hour, :created)"
)

Hour = tuple[int, int, int]
"""A team, a day and an hour of it."""


class Sums(NamedTuple):
    """What is in a row of sums: as ``figures.sums`` packs it, and the buckets of histograms."""

    packed: int
    histograms: Mapping[str, Mapping[int, int]]


class FigureAuditRows(FigureRows):
    """The rows of figures as a check reads them."""

    def facts(self) -> dict[str, str]:
        """Return what the desk keeps of how it counts."""
        return {row[0]: row[1] for row in self.statements.run(_FACTS, {})}

    def last_ticket(self) -> int:
        """Return the number of the newest ticket, 0 where there is none."""
        (row,) = self.statements.run("SELECT coalesce(max(id), 0) FROM ticket", {})
        return int(row[0])

    def opened_by_day(self) -> list[tuple[int, int]]:
        """Return how many tickets were opened on each day, the first day first."""
        return [(day, tickets) for day, tickets in self.statements.run(_OPENED, {})]

    def counting_on(self, first: int, last: int) -> Iterator[TicketFacts]:
        """Yield what counts on any of some days."""
        return map(
            TicketFacts._make, self.statements.run(_COUNTING_ON, {"first": first, "last": last})
        )

    def sums_between(self, first: int, last: int) -> Iterator[tuple[Key, Sums]]:
        """Yield the rows of sums of some days."""
        for row in self.statements.run(_SUMS, {"first": first, "last": last}):
            key, values = row[: len(KEYS)], row[len(KEYS) : -len(KINDS)]
            kept = zip(KINDS, map(_buckets, row[-len(KINDS) :]), strict=True)
            histograms = {kind: buckets for kind, buckets in kept if buckets}
            yield cast("Key", tuple(key)), Sums(packed(tuple(values)), histograms)

    def avoided(self) -> dict[int, int]:
        """Return how many tickets articles made needless on each day."""
        return {day: int(tickets) for day, tickets in self.statements.run(_AVOIDED, {})}

    def put(self, key: Key, sums: Sums) -> None:
        """Write a row of sums in place of what is there."""
        self.statements.run(_FORGET, dict(zip(KEYS, key, strict=True)))
        if sums.packed or sums.histograms:
            blobs = {
                kind: Histogram().changed(sums.histograms.get(kind, {})).blob() for kind in KINDS
            }
            self.add_up({key: sums.packed}, {key: blobs}, KINDS)

    def hours_of_tickets(self) -> dict[Hour, int]:
        """Return how many tickets were opened in each hour, of all and of each team."""
        hours: dict[Hour, int] = {}
        for team, day, hour, tickets in self.statements.run(_HOURS_OF_TICKETS, {}):
            for each in {ALL_TEAMS, team}:
                hours[each, day, hour] = hours.get((each, day, hour), 0) + tickets
        return hours

    def hours(self) -> dict[Hour, int]:
        """Return how many tickets are counted in each hour."""
        rows = self.statements.run(_HOURS, {})
        return {(team, day, hour): created for team, day, hour, created in rows}

    def put_hour(self, place: Hour, created: int) -> None:
        """Write the count of an hour in place of what is there."""
        values = dict(zip(("team_id", "day", "hour"), place, strict=True))
        self.statements.run(_FORGET_HOUR, values)
        if created:
            self.statements.run(_PUT_HOUR, {**values, "created": created})


def _buckets(blob: bytes | None) -> Mapping[int, int]:
    try:
        return Histogram.kept(blob).counts()
    except ValueError:
        return _UNREADABLE
