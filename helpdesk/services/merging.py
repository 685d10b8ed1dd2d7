# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which a merge of tickets is seen through, and the undoing of one.

No operation merges tickets yet; whatever will do so calls one of these in its transaction, once
all else that belongs to the merge is done to both tickets. Who left out a step would leave clocks,
notifications or figures of one of them behind.
"""

from __future__ import annotations

from helpdesk.core.schemas.tickets import Status
from helpdesk.models.event import EventKind
from helpdesk.services.clocks import Clocks
from helpdesk.services.consequences import follow
from helpdesk.services.counting import Counting
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work


def merge(work: Work, survivor: TicketChanges, merged: TicketChanges) -> None:
    """Merge a ticket into another, and close it, with all that follows.

    Raises ``Invalid`` where one of them is already merged.
    """
    if merged.ticket.status is not Status.CLOSED:
        merged.move(Status.CLOSED)
    Clocks(work).join(survivor, merged)
    _follow_both(work, survivor, merged)


def part(work: Work, survivor: TicketChanges, merged: TicketChanges, status: Status) -> None:
    """Undo that, and give the merged ticket the status back that it had, with all that follows.

    Raises ``Invalid`` where the survivor is itself merged by now.
    """
    _put_back(merged, status)
    Clocks(work).part(survivor, merged)
    _follow_both(work, survivor, merged)


def _put_back(merged: TicketChanges, status: Status) -> None:
    """Give a ticket a status back. It is no reopening: nobody found its solution wanting."""
    ticket, before = merged.ticket, merged.ticket.status
    ticket.closed_at = ticket.closed_at if status is Status.CLOSED else None
    ticket.resolved_at = None if status.is_open else ticket.resolved_at
    if status is not before:
        ticket.status = status
        merged.happened.fields.setdefault("status", before)
        merged.record(EventKind.CHANGED, field="status", old=before.label, new=status.label)


def _follow_both(work: Work, survivor: TicketChanges, merged: TicketChanges) -> None:
    """Let the rest follow: both tickets have changed, and the survivor first.

    Both count anew in any case, as clocks were ended or revived that no field of theirs tells of.
    """
    for each in (survivor, merged):
        each.ticket.touch(work.now)
        follow(work, each)
    Counting(work).recount((survivor.ticket.id, merged.ticket.id))
