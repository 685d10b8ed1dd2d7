# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells what is to be expected of a team or of all, from what is kept of the weeks before."""

from __future__ import annotations

from collections import defaultdict

from helpdesk.core.schemas.figures import (
    USUAL_CAPACITY,
    ExpectedHour,
    Outlook,
    Overload,
    Rise,
    Scope,
    Split,
)
from helpdesk.figures.outlook import MOST_WEEKS, Unusual, expected, rises, weeks_before
from helpdesk.repositories.figures import NOW, Range
from helpdesk.services.figure_scope import Only, parts_of
from helpdesk.services.work import Work

_WEEK = 7
_DIGITS = 3
_ALL = 0
_NO_CATEGORY = "No category"


def outlook_of(work: Work, team_id: int | None, today: int) -> Outlook:
    """Return what is to be expected; of a team, only of its tickets."""
    days = Range(today - MOST_WEEKS * _WEEK - _WEEK, today)
    rows = work.desk.figures.hours(team_id or _ALL, days)
    weeks = weeks_before(today, min((row[0] for row in rows), default=None))
    hours = expected({(day, hour): count for day, hour, count in rows}, today, weeks)
    return Outlook(
        weeks=weeks,
        expected=tuple(
            ExpectedHour(
                weekday=each.weekday,
                hour=each.hour,
                expected=round(each.mean, _DIGITS),
                low=each.low,
                high=each.high,
            )
            for each in hours
        ),
        expected_next_7_days=round(sum(each.mean for each in hours), _DIGITS) if weeks else None,
        rises=_rises(work, team_id, days, today, weeks),
        overloads=_overloads(work, team_id),
    )


def _rises(
    work: Work, team_id: int | None, days: Range, today: int, weeks: int
) -> tuple[Rise, ...]:
    parts = parts_of(Scope(team_id=team_id), Split.CATEGORY)
    if not weeks or isinstance(parts, Only):
        return ()
    came: dict[int, dict[int, int]] = defaultdict(dict)
    for category_id, day, created in work.desk.figures.part_days(parts, days, "created"):
        came[category_id][day] = created
    found: tuple[Unusual, ...] = rises(came, today, weeks)
    names = work.desk.figures.names([each.category_id for each in found], (), ()).categories
    return tuple(
        Rise(
            category_id=each.category_id,
            category=names.get(each.category_id, _NO_CATEGORY),
            days=each.days,
            tickets=each.tickets,
            usual=round(each.usual, _DIGITS),
        )
        for each in found
    )


def _overloads(work: Work, team_id: int | None) -> tuple[Overload, ...]:
    parts = parts_of(Scope(team_id=team_id), Split.TECHNICIAN)
    if isinstance(parts, Only):
        return ()
    open_tickets: dict[int, int] = defaultdict(int)
    for technician_id, _, row in work.desk.figures.live_parts(parts, by_day=False):
        open_tickets[technician_id] += sum(row[: len(NOW)])
    open_tickets.pop(0, None)
    return tuple(
        Overload(
            technician_id=each.id,
            full_name=each.full_name,
            open=open_tickets[each.id],
            capacity=each.capacity or USUAL_CAPACITY,
        )
        for each in work.desk.figures.staff(list(open_tickets), team_id)
        if open_tickets.get(each.id, 0) > (each.capacity or USUAL_CAPACITY)
    )
