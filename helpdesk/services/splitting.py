# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets that come of others: what is split off one, and what follows up a closed one."""

from __future__ import annotations

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.links import FollowUp, Relation, SplitOff
from helpdesk.core.schemas.tickets import NewTicket, Source, Status, TicketView
from helpdesk.core.text import SUBJECT_LIMIT
from helpdesk.models import Comment, Ticket
from helpdesk.models.event import EventKind
from helpdesk.services.consequences import follow
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.ticket_links import link_tickets
from helpdesk.services.ticket_opening import open_ticket
from helpdesk.services.ticket_views import shown
from helpdesk.services.work import Work

_FOLLOW_UP = "Follow-up: "


class Splitting:
    """Makes tickets of others; for staff."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation(
        "POST", "/tickets/{ticket_id}/split", permission=Permission.WORK_TICKET, creates=True
    )
    def split(self, ticket_id: int, off: SplitOff) -> TicketView:
        """Make a ticket of its own of some replies, for the same requester; return that one.

        The replies are copied, and stay where they are. Internal notes cannot be split off: who
        asked would read them.
        """
        desk = self._work.desk
        ticket = desk.tickets.get(ticket_id)
        comments = self._public(ticket, off.comment_ids)
        made = self._made_of(ticket, off.subject, f"Split from {ticket.number}.")
        made.record(EventKind.SPLIT, field="from", new=ticket.number)
        for comment in comments:
            desk.tickets.add_comment(made.ticket, self._copy(made.ticket, comment))
        link_tickets(self._work, made.ticket, ticket, Relation.RELATES)
        origin = TicketChanges(self._work, ticket)
        origin.record(EventKind.SPLIT, field="into", new=made.ticket.number)
        return self._seen_through(made)

    @operation(
        "POST", "/tickets/{ticket_id}/follow-up", permission=Permission.WORK_TICKET, creates=True
    )
    def follow_up(self, ticket_id: int, asked: FollowUp) -> TicketView:
        """Open a ticket that follows up a closed one: for the same requester, of its category."""
        ticket = self._work.desk.tickets.get(ticket_id)
        if ticket.status is not Status.CLOSED:
            raise Invalid(f"{ticket.number} is {ticket.status.label}; go on in it.")
        subject = ticket.subject
        if not subject.startswith(_FOLLOW_UP):
            subject = (_FOLLOW_UP + subject)[:SUBJECT_LIMIT]
        description = asked.description or f"Follow-up of {ticket.number}."
        made = self._made_of(ticket, subject, description)
        link_tickets(self._work, made.ticket, ticket, Relation.RELATES)
        return self._seen_through(made)

    def _public(self, ticket: Ticket, ids: tuple[int, ...]) -> list[Comment]:
        """Return the chosen replies. Raises where one is no reply on this ticket."""
        found = self._work.desk.tickets.some_comments(ticket.id, ids)
        if len(found) != len(set(ids)):
            raise NotFound(f"A reply that you chose is not on {ticket.number}; load it again.")
        if any(each.internal for each in found):
            raise Invalid(
                "Internal notes cannot be split off: the requester would read them.",
                field="comment_ids",
            )
        return found

    def _made_of(self, ticket: Ticket, subject: str, description: str) -> TicketChanges:
        new = NewTicket(
            subject=subject,
            description=description,
            category_id=self._category_of(ticket),
            priority=ticket.priority,
            source=Source.DESKTOP,
        )
        return open_ticket(self._work, new, ticket.requester_id)

    def _category_of(self, ticket: Ticket) -> int | None:
        """Return the category of a ticket where it can still be chosen."""
        active = {each.id for each in self._work.desk.categories.active()}
        return ticket.category_id if ticket.category_id in active else None

    def _copy(self, ticket: Ticket, comment: Comment) -> Comment:
        return Comment(
            ticket_id=ticket.id,
            author_id=comment.author_id,
            by_staff=comment.by_staff,
            internal=False,
            automatic=comment.automatic,
            created_at=self._work.now,
            body=comment.body,
        )

    def _seen_through(self, made: TicketChanges) -> TicketView:
        follow(self._work, made)
        return shown(self._work, made.ticket)
