# SPDX-License-Identifier: GPL-3.0-or-later
"""Works out the time of a ticket that was there before its clocks, from what its history tells."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.clocks import ClockKind, SegmentCause
from helpdesk.core.schemas.tickets import Status
from helpdesk.models import Ticket
from helpdesk.repositories.clocks import ClockRepository, Past
from helpdesk.services.measures import Because, Measure
from helpdesk.services.ticket_time import TicketTime
from helpdesk.sla.timeline import state_of

STATUS_OF = {status.label: status for status in Status}
"""The statuses by what histories call them."""


def past_time(
    clocks: ClockRepository, ticket: Ticket, measure: Measure | None, past: Past, now: datetime
) -> TicketTime:
    """Return the time of an open ticket, counted from its beginning as it is measured now."""
    time = TicketTime.begun(clocks, ticket, now)
    _tell_timeline(time, ticket, measure, past)
    time.measure_by(measure)
    answered_at = ticket.first_responded_at
    if measure is not None and answered_at is not None:
        time.start(ClockKind.FIRST_RESPONSE, measure, ticket.created_at)
        time.stop(ClockKind.FIRST_RESPONSE, at=answered_at)
        asked_at = _asked_at(past, max(answered_at, time.round_began))
        if asked_at is not None:
            time.start(ClockKind.NEXT_RESPONSE, measure, asked_at)
    return time


def _tell_timeline(time: TicketTime, ticket: Ticket, measure: Measure | None, past: Past) -> None:
    """Make the segments: each change of status that makes time count otherwise begins one."""
    moves = [(move, STATUS_OF.get(move.new or "")) for move in past.moves]
    first = STATUS_OF.get(past.moves[0].old or "") if past.moves else None
    status, last = first or (Status.NEW if past.moves else ticket.status), ticket.created_at
    time.turn_at(last, status, measure, Because(SegmentCause.TAKEN_UP, None))
    for move, new in moves:
        if new is None or state_of(new) is state_of(status):
            continue
        reopens = new.is_open and not status.is_open
        cause = SegmentCause.REOPENED if reopens else SegmentCause.STATUS
        status, last = new, max(last, move.at)
        time.turn_at(last, status, measure, Because(cause, move.actor_id))
    if state_of(status) is not state_of(ticket.status):
        time.turn(measure, Because(SegmentCause.TAKEN_UP, None))


def _asked_at(past: Past, since: datetime) -> datetime | None:
    """Return when the customer first wrote of what the staff has not answered yet."""
    asked_at: datetime | None = None
    for at, by_staff in past.replies:
        if by_staff:
            asked_at = None
        elif at >= since and asked_at is None:
            asked_at = at
    return asked_at
