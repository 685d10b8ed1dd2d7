# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do to put tickets out of sight, and the steps of the job that brings them back."""

from __future__ import annotations

from helpdesk.core.errors import Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.base import Result
from helpdesk.core.schemas.snoozes import SnoozeChoice, WokenBy
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.services.deed_notes import may_undo, note, step_of
from helpdesk.services.notifying import Notifying
from helpdesk.services.snoozes import put_off_of, require_open, wake
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.ticket_views import shown
from helpdesk.services.work import Work

_NOT_SNOOZED = "{number} is not snoozed."


class Snoozing:
    """Puts tickets out of sight for a while; for staff."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("POST", "/tickets/{ticket_id}/snooze", permission=Permission.WORK_TICKET)
    def snooze(self, ticket_id: int, choice: SnoozeChoice) -> TicketView:
        """Put an open ticket out of the queue until a moment, a reply, or whichever comes first.

        A change of its status by somebody else brings it back as well. Its clocks go on.
        """
        chosen = put_off_of(self._work, choice)
        changes = TicketChanges(self._work, self._work.desk.tickets.get(ticket_id))
        require_open(self._work, changes)
        changes.put_off(chosen)
        return self._done(changes, f"{changes.ticket.number} snoozed")

    @operation("POST", "/tickets/{ticket_id}/wake", permission=Permission.WORK_TICKET)
    def wake(self, ticket_id: int) -> TicketView:
        """Let a snoozed ticket be seen again. Raises ``Invalid`` for one that is not snoozed."""
        changes = TicketChanges(self._work, self._work.desk.tickets.get(ticket_id))
        if self._work.desk.snoozes.get(ticket_id) is None:
            raise Invalid(_NOT_SNOOZED.format(number=changes.ticket.number))
        wake(changes, None)
        return self._done(changes, f"{changes.ticket.number} woken")

    def _done(self, changes: TicketChanges, label: str) -> TicketView:
        """Tell whom it concerns, and note it as a deed that can be undone."""
        work, ticket, undo = self._work, changes.ticket, None
        Notifying(work).tell(ticket, [changes.happened])
        step = step_of(work, changes, [changes.happened]) if may_undo(work) else None
        if step is not None:
            undo = note(work, DeedKind.EDIT, label, [step])
        work.desk.changed("ticket", ticket.id)
        return shown(work, ticket, undo=undo)


class DueSnoozes(Result):
    """The tickets whose time has come."""

    ticket_ids: tuple[int, ...]


class Waking:
    """Steps of bringing back what is due; a job takes them, no route leads to them."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST",
        "/snoozes/steps/due",
        permission=Permission.SET_UP_RULES,
        transaction=Transaction.READ,
    )
    def due(self, most: int) -> DueSnoozes:
        """Return the next tickets whose time has come."""
        found = self._work.desk.snoozes.due(self._work.now, most)
        return DueSnoozes(ticket_ids=tuple(found))

    @operation("POST", "/snoozes/steps/wake", permission=Permission.SET_UP_RULES)
    def bring_back(self, ticket_ids: tuple[int, ...]) -> int:
        """Let tickets be seen again whose time has come still, and return how many."""
        desk, now, woken = self._work.desk, self._work.now, 0
        desk.snoozes.expect(ticket_ids)
        for ticket in desk.clocks.tickets(ticket_ids):
            kept = desk.snoozes.get(ticket.id)
            if kept is None or kept.until is None or kept.until > now:
                continue
            changes = TicketChanges(self._work, ticket)
            wake(changes, WokenBy.TIME)
            Notifying(self._work).tell(ticket, [changes.happened])
            desk.changed("ticket", ticket.id)
            woken += 1
        return woken
