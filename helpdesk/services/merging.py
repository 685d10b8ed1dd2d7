# SPDX-License-Identifier: GPL-3.0-or-later
"""Merges tickets so that it can be undone: in which order a merge is seen through, and parted.

``merge`` and ``part`` come once all else that belongs to the merge is done to both tickets. Who
left out a step would leave clocks, notifications or figures of one of them behind.

What was said on a merged ticket stays there, and is shown with the survivor; so there is nothing
to bring back. A ticket with others merged into it can be merged further; then only the last merge
can be undone, and after that the one before.
"""

from __future__ import annotations

import json
from typing import Any

from helpdesk.core.errors import Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.links import MergeInto
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.core.schemas.tickets import Status, TicketView
from helpdesk.models import Ticket, TicketMerge
from helpdesk.models.event import EventKind
from helpdesk.repositories.desk_changes import NOTIFICATION
from helpdesk.repositories.ticket_merges import let_watch, watchers_of
from helpdesk.services.clocks import Clocks
from helpdesk.services.consequences import follow
from helpdesk.services.counting import Counting
from helpdesk.services.deed_notes import MERGED_INTO, SNOOZED, Step, may_undo, note, packed
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.ticket_views import expected, shown
from helpdesk.services.work import Work


def merge(work: Work, survivor: TicketChanges, merged: TicketChanges) -> None:
    """Merge a ticket into another, and close it, with all that follows.

    Raises ``Invalid`` where one of them is already merged.
    """
    if merged.ticket.status is not Status.CLOSED:
        merged.move(Status.CLOSED)
        # Nobody has solved it by that, so there is nothing to learn.
        merged.happened.settled.clear()
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


class Merging:
    """Merges tickets, and undoes that; for staff."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("POST", "/tickets/{ticket_id}/merge", permission=Permission.WORK_TICKET)
    def merge(self, ticket_id: int, into: MergeInto) -> TicketView:
        """Merge a ticket into another one, where its conversation goes on; return that one.

        The merged ticket is closed and takes no replies. Its requester and who follows it follow
        the other one from now on, and so may read it.
        """
        desk = self._work.desk
        merged = expected(self._work, ticket_id, into.version)
        survivor = TicketChanges(self._work, desk.tickets.get(into.survivor_id))
        _require_unmerged(self._work, merged.ticket, survivor.ticket)
        status, following = merged.ticket.status, self._follow(survivor, merged)
        desk.merges.add(
            TicketMerge(
                merged_id=merged.ticket.id,
                survivor_id=survivor.ticket.id,
                by_id=self._work.actor.id,
                at=self._work.now,
                status=status,
                watchers=json.dumps(following),
            )
        )
        merged.happened.merged_into = survivor.ticket.number
        merged.record(EventKind.MERGED, field="into", new=survivor.ticket.number)
        survivor.record(EventKind.MERGED, field="from", new=merged.ticket.number)
        merge(self._work, survivor, merged)
        return shown(self._work, survivor.ticket, undo=_note(self._work, survivor.ticket, merged))

    @operation("POST", "/tickets/{ticket_id}/unmerge", permission=Permission.WORK_TICKET)
    def unmerge(self, ticket_id: int) -> TicketView:
        """Undo the merge of a ticket, which is again what it was before; return that one."""
        return unmerge(self._work, ticket_id)

    def _follow(self, survivor: TicketChanges, merged: TicketChanges) -> list[int]:
        """Let who is on a merged ticket follow the survivor; return who did not before."""
        desk, into = self._work.desk, survivor.ticket
        known = {*desk.watchers.ids(into.id), into.requester_id}
        people = {merged.ticket.requester_id, *desk.watchers.ids(merged.ticket.id)}
        new = sorted(people - known)
        desk.watchers.add(into.id, new, self._work.actor.id, self._work.now)
        return new


def unmerge(work: Work, ticket_id: int) -> TicketView:
    """Undo the merge of a ticket. Raises ``Invalid`` where it is not merged, or no longer can be.

    For the operation, and for who undoes the deed.
    """
    desk = work.desk
    ticket = desk.tickets.get(ticket_id)
    kept = desk.merges.get(ticket.id)
    if kept is None:
        raise Invalid(f"{ticket.number} is not merged into another ticket.")
    survivor = TicketChanges(work, desk.tickets.get(kept.survivor_id))
    further = desk.merges.last_of(survivor.ticket.id)
    if further is not None:
        raise Invalid(
            f"{survivor.ticket.number} is itself merged into {further.number}; undo that first."
        )
    merged, status, kept_at = TicketChanges(work, ticket), kept.status, kept.at
    _let_go(work, kept)
    merged.record(EventKind.UNMERGED, field="into", old=survivor.ticket.number)
    survivor.record(EventKind.UNMERGED, field="from", old=ticket.number)
    waited = desk.merges.ended_waiting(survivor.ticket.id, kept_at)
    if waited and survivor.ticket.status is Status.OPEN:
        # It waited for its customer until the merge woke it.
        _put_back(survivor, Status.AWAITING_CUSTOMER)
    part(work, survivor, merged, status)
    return shown(work, ticket)


def _note(work: Work, survivor: Ticket, changes: TicketChanges) -> int | None:
    """Note the merge as a deed of who calls, by which it can be undone, and its snooze with it."""
    if not may_undo(work):
        return None
    merged, before, after = changes.ticket, dict[str, Any](), dict[str, Any]()
    if changes.happened.put_off is not None:
        before[SNOOZED] = packed(changes.happened.put_off.before)
        after[SNOOZED] = packed(changes.happened.put_off.now)
    step = Step(merged.id, {MERGED_INTO: None, **before}, {MERGED_INTO: survivor.id, **after})
    words = f"{merged.number} merged into {survivor.number}"
    return note(work, DeedKind.MERGE, words, [step])


def _let_go(work: Work, kept: TicketMerge) -> None:
    """Forget a merge, and who followed the survivor by it alone.

    Who is on another ticket that is merged into the same one goes on to follow it by that.
    """
    merges, survivor_id = work.desk.merges, kept.survivor_id
    leaving, merged_id = watchers_of(kept), kept.merged_id
    for other, people in merges.into(survivor_id):
        stays = leaving & people if other.merged_id != merged_id else set()
        if stays:
            let_watch(other, watchers_of(other) | stays)
            leaving -= stays
    merges.remove(kept)
    work.desk.watchers.remove(survivor_id, leaving)
    work.desk.changed(NOTIFICATION, *leaving)


def _require_unmerged(work: Work, merged: Ticket, survivor: Ticket) -> None:
    if merged.id == survivor.id:
        raise Invalid(f"{merged.number} cannot be merged into itself; choose another ticket.")
    into = work.desk.merges.last_of(survivor.id)
    if into is not None:
        raise Invalid(
            f"{survivor.number} is itself merged; merge into {into.number} instead.",
            field="survivor_id",
        )
