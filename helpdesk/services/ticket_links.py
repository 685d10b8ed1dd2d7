# SPDX-License-Identifier: GPL-3.0-or-later
"""Links between tickets: related, duplicates, what blocks what, parents and their children."""

from __future__ import annotations

from helpdesk.core.errors import DeskError, Invalid
from helpdesk.core.operation import Transaction, operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.links import (
    ChildrenEnd,
    ChildrenEnded,
    LinkedTicketView,
    NewLink,
    ParentIds,
    Relation,
    relation_of,
    words_of_end,
)
from helpdesk.core.schemas.ticket_work import DeedKind, LinkKind, TicketRef
from helpdesk.database.types import is_id
from helpdesk.models import Ticket, TicketLink
from helpdesk.models.event import EventKind
from helpdesk.repositories.ticket_links import MOST_LINKS, ends_of
from helpdesk.services.consequences import follow
from helpdesk.services.deed_notes import Step, may_undo, note, step_of
from helpdesk.services.ticket_changes import TicketChanges, require_unmerged
from helpdesk.services.ticket_views import expected, shown
from helpdesk.services.work import Work

_CHILDREN_AT_ONCE = 100


class TicketLinks:
    """The links of tickets; for staff."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/tickets/{ticket_id}/links", permission=Permission.WORK_TICKET)
    def of_ticket(self, ticket_id: int) -> tuple[LinkedTicketView, ...]:
        """List the tickets that a ticket is linked with, and what it is to each."""
        desk = self._work.desk
        return desk.ticket_links.of_ticket(desk.tickets.get(ticket_id).id)

    @operation("POST", "/tickets/{ticket_id}/links", permission=Permission.WORK_TICKET)
    def add(self, ticket_id: int, new: NewLink) -> tuple[LinkedTicketView, ...]:
        """Link a ticket with another one; what is linked so already stays so.

        A ticket has one parent at most, and is no child of what stands below it.
        """
        tickets = self._work.desk.tickets
        ticket, other = tickets.get(ticket_id), tickets.get(new.other_id)
        require_unmerged(self._work, ticket)
        link_tickets(self._work, ticket, other, new.relation)
        return self._work.desk.ticket_links.of_ticket(ticket.id)

    @operation("DELETE", "/tickets/{ticket_id}/links/{link_id}", permission=Permission.WORK_TICKET)
    def remove(self, ticket_id: int, link_id: int) -> tuple[LinkedTicketView, ...]:
        """Take a link away; one that is not there stays so."""
        desk = self._work.desk
        ticket, link = desk.tickets.get(ticket_id), desk.ticket_links.get(link_id)
        if link is None or ticket.id not in (link.from_id, link.to_id):
            return desk.ticket_links.of_ticket(ticket.id)
        require_unmerged(self._work, ticket)
        other = desk.tickets.get(link.to_id if link.from_id == ticket.id else link.from_id)
        relation = relation_of(link.kind, begins_here=link.from_id == ticket.id)
        desk.ticket_links.remove(link)
        _record_both(self._work, ticket, other, relation, EventKind.UNLINKED)
        return desk.ticket_links.of_ticket(ticket.id)

    @operation(
        "POST",
        "/tickets/children",
        permission=Permission.WORK_TICKET,
        transaction=Transaction.READ,
    )
    def open_children(self, parents: ParentIds) -> tuple[TicketRef, ...]:
        """List what is open below those of at most 200 tickets that are open themselves."""
        known = {each for each in parents.ticket_ids if is_id(each)}
        return self._work.desk.ticket_links.open_below(known)

    @operation("POST", "/tickets/{ticket_id}/children/end", permission=Permission.WORK_TICKET)
    def end_children(self, ticket_id: int, end: ChildrenEnd) -> ChildrenEnded:
        """Resolve or close the open children of a ticket, as many as can be at once.

        With ``version`` the ticket itself ends first. All of it is one deed, undone as one.
        """
        if end.status.is_open:
            raise Invalid("Children end as Resolved or Closed.", field="status")
        steps = list[Step | None]()
        ticket = self._work.desk.tickets.get(ticket_id)
        require_unmerged(self._work, ticket)
        if end.version is not None:
            itself = expected(self._work, ticket_id, end.version)
            itself.move(end.status)
            steps.append(self._ended(itself))
        children: list[Ticket] = []
        refused: list[str] = []
        for id_ in self._work.desk.ticket_links.open_children(ticket.id)[:_CHILDREN_AT_ONCE]:
            changes = TicketChanges(self._work, self._work.desk.tickets.get(id_))
            try:
                changes.move(end.status)
            except DeskError as error:
                refused.append(str(error))
                continue
            steps.append(self._ended(changes))
            children.append(changes.ticket)
        undo = self._noted(ticket, end, len(children), [each for each in steps if each])
        return ChildrenEnded(
            ended=tuple(
                TicketRef(id=each.id, number=each.number, subject=each.subject) for each in children
            ),
            refused=tuple(refused),
            ticket=None if end.version is None else shown(self._work, ticket, undo=undo),
            undo=undo,
        )

    def _ended(self, changes: TicketChanges) -> Step | None:
        """Let everything follow from the end of a ticket, and return how to undo it."""
        changes.ticket.touch(self._work.now)
        return step_of(self._work, changes, follow(self._work, changes))

    def _noted(
        self, ticket: Ticket, end: ChildrenEnd, children: int, steps: list[Step]
    ) -> int | None:
        """Note what ended together as one deed."""
        if not steps or not may_undo(self._work):
            return None
        label = words_of_end(ticket.number, end.status, children, alone=end.version is None)
        return note(self._work, DeedKind.EDIT, label, steps)


def link_tickets(work: Work, ticket: Ticket, other: Ticket, relation: Relation) -> TicketLink:
    """Link two tickets. Raises ``Invalid`` for what can be no link."""
    links = work.desk.ticket_links
    if ticket.id == other.id:
        raise Invalid(f"{ticket.number} cannot be linked with itself.", field="other_id")
    from_id, to_id = ends_of(ticket.id, other.id, relation)
    known = links.find(from_id, to_id, relation.kind)
    if known is not None:
        return known
    _require_possible(work, ticket, other, relation)
    for each in (ticket, other):
        if links.count(each.id) >= MOST_LINKS:
            raise Invalid(f"{each.number} has {MOST_LINKS} links already; remove one first.")
    link = links.add(from_id, to_id, relation.kind, work.actor.id, work.now)
    _record_both(work, ticket, other, relation, EventKind.LINKED)
    return link


def _require_possible(work: Work, ticket: Ticket, other: Ticket, relation: Relation) -> None:
    links = work.desk.ticket_links
    if relation is Relation.RELATES:
        return
    if relation.kind is not LinkKind.PARENT:
        back = ends_of(ticket.id, other.id, relation.opposite)
        if links.find(*back, relation.kind) is not None:
            said = relation.opposite.label.lower()
            raise Invalid(
                f"{ticket.number} is linked as “{said} {other.number}” already; remove that first.",
                field="relation",
            )
        return
    parent, child = (other, ticket) if relation.is_reversed else (ticket, other)
    if links.is_above(child.id, parent.id):
        raise Invalid(
            f"{parent.number} stands below {child.number} already, so it cannot be its parent.",
            field="other_id",
        )
    above = links.parent_of(child.id)
    if above is not None:
        raise Invalid(
            f"{child.number} has a parent already, HD-{above}; remove that link first.",
            field="other_id",
        )


def _record_both(
    work: Work, ticket: Ticket, other: Ticket, relation: Relation, kind: EventKind
) -> None:
    """Enter a link into the history of both tickets; requesters do not hear of it."""
    is_new = kind is EventKind.LINKED
    for here, there, said in ((ticket, other, relation), (other, ticket, relation.opposite)):
        words = f"{said.label} {there.number}"
        old, new = (None, words) if is_new else (words, None)
        work.desk.tickets.record(here, kind, work.now, field="ticket", old=old, new=new)
    work.desk.flush()
    work.desk.changed("ticket", ticket.id, other.id)
