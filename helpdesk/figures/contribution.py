# SPDX-License-Identifier: GPL-3.0-or-later
"""What one ticket counts as, and what that adds to the sums of which days and slices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from helpdesk.core.schemas.tickets import Status
from helpdesk.figures.slices import Slice
from helpdesk.figures.sums import ONE

Key = tuple[int, int, int, int]
"""A row of sums: its slice, its two ids and its day."""

RESPONSE, RESOLUTION = "response_histogram", "resolution_histogram"
"""The two histograms of a row."""


class TicketFacts(NamedTuple):
    """What a ticket counts as, column by column as ``ticket_figure`` has it."""

    ticket_id: int
    status: int
    priority: int
    category_id: int
    team_id: int
    technician_id: int
    created_day: int
    created_hour: int
    responded_day: int | None
    response_seconds: int | None
    response_met: int | None
    resolved_day: int | None
    resolution_seconds: int | None
    resolution_met: int | None
    closed_day: int | None
    reopened: int
    escalated_day: int | None
    rated_day: int | None
    score: int | None
    suggested: int
    accepted: int
    seconds_new: int | None
    seconds_open: int | None
    seconds_in_progress: int | None
    seconds_awaiting: int | None


RANKS = {status: rank for rank, status in enumerate(Status, start=1)}
_NOW = {
    RANKS[Status.NEW]: ONE["now_new"],
    RANKS[Status.OPEN]: ONE["now_open"],
    RANKS[Status.IN_PROGRESS]: ONE["now_in_progress"],
    RANKS[Status.AWAITING_CUSTOMER]: ONE["now_awaiting"],
}
OPEN_RANKS = frozenset(_NOW)
_MET = {None: "", 0: "missed", 1: "met"}


def slices_of(facts: TicketFacts) -> list[tuple[int, int, int]]:
    """Return the slices that a ticket is in.

    Of no team, and of nobody, nothing is taken apart further: nobody asks for that.
    """
    team, technician = facts.team_id, facts.technician_id
    category, priority = facts.category_id, facts.priority
    slices: list[tuple[int, int, int]] = [
        (Slice.ALL.value, 0, 0),
        (Slice.CATEGORY.value, category, 0),
        (Slice.PRIORITY.value, priority, 0),
        (Slice.TEAM.value, team, 0),
        (Slice.TECHNICIAN.value, technician, 0),
    ]
    if team:
        slices += [
            (Slice.TEAM_CATEGORY.value, team, category),
            (Slice.TEAM_PRIORITY.value, team, priority),
            (Slice.TEAM_TECHNICIAN.value, team, technician),
        ]
    if technician:
        slices += [
            (Slice.TECHNICIAN_CATEGORY.value, technician, category),
            (Slice.TECHNICIAN_PRIORITY.value, technician, priority),
        ]
    return slices


def days_of(facts: TicketFacts) -> dict[int, int]:
    """Return what a ticket adds to the sums of each day, in whichever slice."""
    days = {facts.created_day: _created(facts)}
    if facts.responded_day is not None:
        _add(days, facts.responded_day, _responded(facts))
    if facts.resolved_day is not None:
        _add(days, facts.resolved_day, _resolved(facts))
    if facts.closed_day is not None:
        _add(days, facts.closed_day, ONE["closed"])
    if facts.escalated_day is not None:
        _add(days, facts.escalated_day, ONE["escalated"])
    if facts.rated_day is not None and facts.score is not None:
        # A damaged desk may hold others; they count as none.
        _add(days, facts.rated_day, ONE.get(f"score_{facts.score}", 0))
    return days


def durations_of(facts: TicketFacts) -> Iterator[tuple[str, int, int]]:
    """Yield the durations of a ticket: of which histogram, on which day, and the seconds."""
    if facts.responded_day is not None and facts.response_seconds is not None:
        yield RESPONSE, facts.responded_day, facts.response_seconds
    if facts.resolved_day is not None and facts.resolution_seconds is not None:
        yield RESOLUTION, facts.resolved_day, facts.resolution_seconds


def _add(days: dict[int, int], day: int, sums: int) -> None:
    days[day] = days.get(day, 0) + sums


def _created(facts: TicketFacts) -> int:
    sums = ONE["created"] + _NOW.get(facts.status, 0)
    if facts.status in OPEN_RANKS and not facts.technician_id:
        sums += ONE["unassigned"]
    return sums + facts.suggested * ONE["suggested"] + facts.accepted * ONE["accepted"]


def _responded(facts: TicketFacts) -> int:
    sums = ONE["responded"] + (facts.response_seconds or 0) * ONE["response_seconds"]
    if facts.response_met is not None:
        sums += ONE[f"response_{_MET[facts.response_met]}"]
    return sums


def _resolved(facts: TicketFacts) -> int:
    sums = ONE["resolved"] + (facts.resolution_seconds or 0) * ONE["resolution_seconds"]
    if facts.resolution_met is not None:
        sums += ONE[f"resolution_{_MET[facts.resolution_met]}"]
    if facts.reopened:
        sums += ONE["reopened"]
    if facts.seconds_new is not None:
        sums += ONE["timed"] + facts.seconds_new * ONE["seconds_new"]
        sums += (facts.seconds_open or 0) * ONE["seconds_open"]
        sums += (facts.seconds_in_progress or 0) * ONE["seconds_in_progress"]
        sums += (facts.seconds_awaiting or 0) * ONE["seconds_awaiting"]
    return sums
