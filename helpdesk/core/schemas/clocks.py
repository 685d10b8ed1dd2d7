# SPDX-License-Identifier: GPL-3.0-or-later
"""The clocks that a ticket is measured by, and every minute of its time explained."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.base import Labelled, Result
from helpdesk.core.schemas.users import PersonRef


class ClockKind(Labelled):
    """What a clock measures."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


class ClockState(Labelled):
    """How a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    """It ended, but after its time."""
    CANCELLED = "cancelled"
    """It ended without an answer being due any more, such as when the ticket was closed."""
    MERGED = "merged"
    """It ended here, and goes on with the ticket that its own was merged into."""


class SegmentState(Labelled):
    """Whether the time of a ticket counts."""

    COUNTED = "counted"
    PAUSED = "paused"
    OUT_OF_HOURS = "out_of_hours"
    STOPPED = "stopped"
    """The ticket was resolved or closed."""


class SegmentCause(Labelled):
    """What began a segment."""

    CREATED = "created"
    STATUS = "status"
    PRIORITY = "priority"
    CATEGORY = "category"
    TEAM = "team"
    REQUESTER = "requester"
    POLICY = "policy"
    CALENDAR = "calendar"
    REOPENED = "reopened"
    MERGED = "merged"
    PARTED = "parted"
    """A merge was undone."""
    TAKEN_UP = "taken_up"
    """The ticket was there before its clocks were, such as after an import."""


class SegmentView(Result):
    """A stretch of a ticket's time, whether it counts, and who or what began it."""

    begin: datetime
    end: datetime | None
    state: SegmentState
    cause: SegmentCause
    actor: PersonRef | None
    why: str
    """In words: 'Awaiting Customer Response', 'outside of Business hours', 'New Year'."""


class TakenTime(Result):
    """The time of a merged ticket that a clock is counted by, and since then of its own."""

    ticket: str | None
    """The number of the merged ticket; who sees only their own tickets is not told."""
    segments: tuple[SegmentView, ...]
    """As far back as the clock, or, of very long histories, the newest."""


class ClockView(Result):
    """One clock of a ticket. Seconds are of business hours."""

    kind: ClockKind
    state: ClockState
    round: int
    """How often such a clock has begun on the ticket: a reopened one begins a second."""
    started_at: datetime
    stopped_at: datetime | None
    due: datetime | None
    """``None`` while it is paused."""
    target_seconds: int
    counted_seconds: int
    is_late: bool
    taken: TakenTime | None = None
    """By what it is counted instead of the ticket's own time, where another promised more."""


class TicketClock(Result):
    """Every minute of a ticket explained, as of a moment."""

    ticket_id: int
    at: datetime
    policy: str | None
    calendar: str | None
    time_zone: str
    clocks: tuple[ClockView, ...]
    segments: tuple[SegmentView, ...]
    is_whole: bool
    """Whether ``segments`` go back to the beginning; of very long histories the newest are told."""
    escalation_level: int


class RowClock(Result):
    """What lists show of a ticket's clocks: what is due next, if anything is."""

    kind: ClockKind | None
    due: datetime | None
    is_paused: bool
    is_late: bool
    escalation_level: int
