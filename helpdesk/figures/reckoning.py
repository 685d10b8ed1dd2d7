# SPDX-License-Identifier: GPL-3.0-or-later
"""Works out what a ticket counts as, from what the desk keeps of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from helpdesk.core.schemas.clocks import ClockState
from helpdesk.core.schemas.tickets import Status
from helpdesk.figures.contribution import OPEN_RANKS, RANKS, TicketFacts

_SECOND = 1_000_000
_EPOCH_DAY = datetime(1970, 1, 1, tzinfo=UTC).toordinal()
_OUTCOMES = {ClockState.MET.value: 1, ClockState.MISSED.value: 0}
_RANK_OF = {status.label: RANKS[status] for status in Status}
_OPEN_ORDER = sorted(OPEN_RANKS)

Seconds = tuple[int, int, int, int]
"""How long a ticket was new, open, in progress and awaiting the customer."""
NOTHING: Seconds = (0, 0, 0, 0)


class Source(NamedTuple):
    """What the desk keeps of a ticket that it is counted by. Moments are microseconds.

    The states are those of the newest ended clocks; ``has_clocks`` tells whether it has any.
    """

    ticket_id: int
    status: int
    priority: int
    category_id: int | None
    team_id: int | None
    assignee_id: int | None
    created_at: int
    first_responded_at: int | None
    first_response_due: int
    resolved_at: int | None
    resolution_due: int
    closed_at: int | None
    reopens: int
    has_clocks: int
    escalated_at: int | None
    response_state: str | None
    resolution_state: str | None
    rated_at: int | None
    score: int | None
    suggested: int
    accepted: int
    came_back: int
    """Whether it was open again after it was done, by a reopening or an undone merge."""


class Move(NamedTuple):
    """A change of status as the history tells it: when, from what and to what, in words."""

    at: int
    old: str | None
    new: str | None


class Days:
    """Counts days in a zone."""

    def __init__(self, zone: str) -> None:
        """Take the name of a zone; one that this computer does not know counts as UTC."""
        self._zone = _zone_of(zone)

    def of(self, moment: int | None) -> int | None:
        """Return the day of a moment, since 1970; ``None`` of ``None``."""
        return None if moment is None else self.day_and_hour(moment)[0]

    def day_and_hour(self, moment: int) -> tuple[int, int]:
        """Return the day of a moment, since 1970, and its hour there."""
        there = datetime.fromtimestamp(moment // _SECOND, self._zone)
        return there.toordinal() - _EPOCH_DAY, there.hour


def facts_of(source: Source, days: Days, never: int, seconds: Seconds | None) -> TicketFacts:
    """Return what a ticket counts as; ``never`` is the due time of what is never due."""
    created_day, created_hour = days.day_and_hour(source.created_at)
    responded_at, resolved_at = source.first_responded_at, source.resolved_at
    new, open_, in_progress, awaiting = seconds or (None, None, None, None)
    return TicketFacts(
        ticket_id=source.ticket_id,
        status=source.status,
        priority=source.priority,
        category_id=source.category_id or 0,
        team_id=source.team_id or 0,
        technician_id=source.assignee_id or 0,
        created_day=created_day,
        created_hour=created_hour,
        responded_day=days.of(responded_at),
        response_seconds=_since_created(source, responded_at),
        response_met=_met(
            source, source.response_state, responded_at, source.first_response_due, never
        ),
        resolved_day=days.of(resolved_at),
        resolution_seconds=_since_created(source, resolved_at),
        resolution_met=_met(
            source, source.resolution_state, resolved_at, source.resolution_due, never
        ),
        closed_day=days.of(source.closed_at),
        reopened=int(source.reopens > 0),
        escalated_day=days.of(source.escalated_at),
        rated_day=days.of(source.rated_at),
        score=source.score,
        suggested=source.suggested,
        accepted=source.accepted,
        seconds_new=new,
        seconds_open=open_,
        seconds_in_progress=in_progress,
        seconds_awaiting=awaiting,
    )


def seconds_of(created_at: int, status: int, moves: Iterable[Move]) -> Seconds | None:
    """Return how long a ticket was in each open status, up to when it came into its present one.

    ``None`` where its history does not tell: one that does not lead to the present status.
    """
    seconds = dict.fromkeys(_OPEN_ORDER, 0)
    reached, now = 0, None
    for move in moves:
        old, new = _RANK_OF.get(move.old or ""), _RANK_OF.get(move.new or "")
        if old is None or new is None or (now is not None and old != now):
            return None
        since = max(reached, (move.at - created_at) // _SECOND)
        if old in seconds:
            seconds[old] += since - reached
        reached, now = since, new
    if now is not None and now != status:
        return None
    new_, open_, in_progress, awaiting = (seconds[rank] for rank in _OPEN_ORDER)
    return new_, open_, in_progress, awaiting


def moved_on(before: TicketFacts, source: Source, at: int) -> Seconds | None:
    """Return the seconds of a ticket that has left a status, and was never reopened.

    Until then all of its time was spent in open ones, so that they tell when that one began.
    """
    seconds = seconds_in(before)
    if seconds is None or before.status not in OPEN_RANKS:
        return seconds
    listed, place = list(seconds), _OPEN_ORDER.index(before.status)
    listed[place] += max(0, (at - source.created_at) // _SECOND - sum(seconds))
    new, open_, in_progress, awaiting = listed
    return new, open_, in_progress, awaiting


def seconds_in(facts: TicketFacts) -> Seconds | None:
    """Return how long a ticket was in each status, as it was counted."""
    new, open_ = facts.seconds_new, facts.seconds_open
    in_progress, awaiting = facts.seconds_in_progress, facts.seconds_awaiting
    if new is None or open_ is None or in_progress is None or awaiting is None:
        return None
    return new, open_, in_progress, awaiting


def _since_created(source: Source, moment: int | None) -> int | None:
    return None if moment is None else max(0, moment - source.created_at) // _SECOND


def _met(source: Source, state: str | None, at: int | None, due: int, never: int) -> int | None:
    """Return whether something was in time: by its clock, or by when it was due without one."""
    if at is None:
        return None
    if source.has_clocks:
        return _OUTCOMES.get(state or "")
    return None if due == never else int(at <= due)


def _zone_of(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
