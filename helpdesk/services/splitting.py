# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets that come of others: what is split off one, and what follows up a closed one."""

from __future__ import annotations

from collections.abc import Sequence

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.links import FollowUp, Relation, SplitOff
from helpdesk.core.schemas.tickets import NewTicket, Source, Status, TicketView
from helpdesk.core.text import SUBJECT_LIMIT, ellipsis
from helpdesk.models import Comment, Ticket
from helpdesk.models.event import EventKind
from helpdesk.services.attaching import copy_files
from helpdesk.services.clocks import Clocks
from helpdesk.services.consequences import follow
from helpdesk.services.counting import Counting
from helpdesk.services.ticket_changes import TicketChanges, require_unmerged
from helpdesk.services.ticket_links import link_tickets
from helpdesk.services.ticket_opening import open_ticket
from helpdesk.services.ticket_views import shown
from helpdesk.services.work import Work

_FOLLOW_UP = "Follow-up: "
_FILE_BYTES, _NAMED = 50_000_000, 500
_STAY = " These files are too large to be copied and stay on {number}: {names}."


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

        The replies are copied with their files and times, and stay where they are. Internal notes
        cannot be split off: who asked would read them.
        """
        desk = self._work.desk
        ticket = desk.tickets.get(ticket_id)
        require_unmerged(self._work, ticket)
        comments = self._public(ticket, off.comment_ids)
        made = self._made_of(ticket, off.subject, "")
        made.record(EventKind.SPLIT, field="from", new=ticket.number)
        self._hand_over(ticket, made)
        copies = {each.id: self._copy(made.ticket, each) for each in comments}
        for copy in copies.values():
            desk.tickets.add_comment(made.ticket, copy)
        stay = copy_files(self._work, copies, _FILE_BYTES)
        names = ellipsis(", ".join(stay), _NAMED)
        note = _STAY.format(number=ticket.number, names=names) if stay else ""
        self._say(made.ticket, f"Split from {ticket.number}.{note}")
        link_tickets(self._work, made.ticket, ticket, Relation.RELATES)
        origin = TicketChanges(self._work, ticket)
        origin.record(EventKind.SPLIT, field="into", new=made.ticket.number)
        follow(self._work, made)
        self._answered(made.ticket, tuple(copies.values()))
        return shown(self._work, made.ticket)

    @operation(
        "POST", "/tickets/{ticket_id}/follow-up", permission=Permission.WORK_TICKET, creates=True
    )
    def follow_up(self, ticket_id: int, asked: FollowUp) -> TicketView:
        """Open a ticket that follows up a closed one: for the same requester, of its category."""
        ticket = self._work.desk.tickets.get(ticket_id)
        if ticket.status is not Status.CLOSED:
            raise Invalid(f"{ticket.number} is {ticket.status.label}; go on in it.")
        require_unmerged(self._work, ticket)
        subject = ticket.subject
        if not subject.startswith(_FOLLOW_UP):
            subject = (_FOLLOW_UP + subject)[:SUBJECT_LIMIT]
        made = self._made_of(ticket, subject, asked.description)
        self._say(made.ticket, f"Follow-up of {ticket.number}.")
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

    def _hand_over(self, ticket: Ticket, made: TicketChanges) -> None:
        """Give a ticket the team and the assignee of the one that it comes of, where it can be."""
        desk = self._work.desk
        teams = {each.id for each in desk.teams.all()}
        if ticket.team_id in teams:
            made.set_team(ticket.team_id)
        if ticket.assignee_id and desk.users.get(ticket.assignee_id).can_be_given_tickets:
            made.set_assignee(ticket.assignee_id)

    def _copy(self, ticket: Ticket, comment: Comment) -> Comment:
        return Comment(
            ticket_id=ticket.id,
            author_id=comment.author_id,
            by_staff=comment.by_staff,
            internal=False,
            automatic=comment.automatic,
            created_at=comment.created_at,
            body=comment.body,
        )

    def _say(self, ticket: Ticket, body: str) -> None:
        """Let who makes a ticket of another say where it comes from: who asked did not.

        It is no answer, and ends no wait for one.
        """
        author_id = self._work.actor.id
        if author_id is None:
            return
        comment = Comment(
            ticket_id=ticket.id,
            author_id=author_id,
            by_staff=True,
            internal=False,
            automatic=False,
            created_at=self._work.now,
            body=body,
        )
        self._work.desk.tickets.add_comment(ticket, comment)

    def _answered(self, ticket: Ticket, copies: Sequence[Comment]) -> None:
        """Let what the staff have answered already end the wait for it, without telling anybody."""
        answers = [each for each in copies if each.by_staff and not each.automatic]
        if not answers:
            return
        ticket.note_first_response(self._work.now)
        after = copies[copies.index(answers[-1]) + 1 :]
        for said in (answers, [each for each in after if not each.by_staff]):
            if said:
                changes = TicketChanges(self._work, ticket)
                changes.happened.comments += said
                Clocks(self._work).follow(changes)
        Counting(self._work).recount((ticket.id,))

    def _seen_through(self, made: TicketChanges) -> TicketView:
        follow(self._work, made)
        return shown(self._work, made.ticket)
