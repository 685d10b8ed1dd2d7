# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with tickets."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.errors import Conflict, Forbidden, Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tickets import (
    Assignable,
    Assignment,
    CategoryView,
    Changes,
    CommentView,
    NewComment,
    NewTicket,
    Priority,
    Reopening,
    Source,
    Status,
    TicketChange,
    TicketCount,
    TicketPage,
    TicketQuery,
    TicketView,
)
from helpdesk.core.schemas.triage import SuggestedField
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import SUBJECT_LIMIT, ellipsis, single_line
from helpdesk.models import Comment, Ticket
from helpdesk.models.event import STAFF_ONLY, EventKind
from helpdesk.models.ticket import TRANSITIONS
from helpdesk.repositories.desk_changes import Position
from helpdesk.repositories.ticket_details import COMMENTS_SHOWN
from helpdesk.repositories.tickets import due_or_none
from helpdesk.services.assistant_setup import expect_first_response
from helpdesk.services.learning import FIELDS, Learning
from helpdesk.services.targets import DueTimes, due_times
from helpdesk.services.work import Work

_CHANGES_AT_ONCE = 500
_SUBJECT_FROM_BODY = 80


class Tickets:
    """Tickets, their comments and their history."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work
        self._recorded: set[EventKind] = set()
        self._settled: set[SuggestedField] = set()
        """What of the ticket a person has decided by this call, for the desk to learn."""

    @operation("POST", "/tickets", permission=Permission.SUBMIT_TICKET, creates=True)
    def open(self, new: NewTicket) -> TicketView:
        """Open a ticket for oneself."""
        desk, now = self._work.desk, self._work.now
        if new.source is Source.IMPORT:
            # What is imported is believed: the desk learns from it.
            raise Invalid("Only an import writes imported tickets.", field="source")
        category = desk.categories.choose(new.category_id) if new.category_id else None
        ticket = Ticket(
            version=1,
            subject=new.subject or subject_from(new.description),
            description=new.description,
            status=Status.NEW,
            priority=new.priority,
            category_id=category.id if category else None,
            requester_id=self._requester(),
            source=new.source,
            created_at=now,
            updated_at=now,
            replies=0,
            notes=0,
        )
        due = self._due(ticket, now)
        ticket.first_response_due, ticket.resolution_due = due
        desk.tickets.add(ticket)
        self._record(ticket, EventKind.CREATED)
        expect_first_response(self._work, ticket)
        return self._saved(ticket)

    @operation("GET", "/tickets", permission=Permission.SEE_OWN_TICKETS)
    def search(self, query: TicketQuery) -> TicketPage:
        """List the tickets that match, one page at a time."""
        return self._work.desk.tickets.page(query)

    @operation("GET", "/tickets/count", permission=Permission.SEE_OWN_TICKETS)
    def count(self, query: TicketQuery) -> TicketCount:
        """Count the tickets that match, exactly up to a limit."""
        return self._work.desk.tickets.count(query)

    @operation("GET", "/tickets/assignable", permission=Permission.WORK_TICKET)
    def assignable(self) -> tuple[Assignable, ...]:
        """List who can be given tickets, with their load."""
        return self._work.desk.users.assignable()

    @operation("GET", "/categories", permission=Permission.SEE_OWN_TICKETS)
    def categories(self) -> tuple[CategoryView, ...]:
        """List the categories that can be chosen."""
        return self._work.desk.categories.active()

    @operation("GET", "/events", permission=Permission.SEE_OWN_TICKETS, passive=True)
    def changes(self, after: str) -> Changes:
        """Tell what has changed since a cursor; an empty one asks for the newest.

        With ``everything`` nothing is named: there is too much, or the desk is no longer the
        one that gave the cursor, because a backup of it was restored.
        """
        feed = self._work.desk.feed
        newest = feed.newest()
        cursor = newest.position.cursor
        if not after:
            return Changes(ticket_ids=(), cursor=cursor)
        seen = Position.of(after)
        distance = newest.distance(seen) if seen else None
        if seen is None or distance is None or distance > _CHANGES_AT_ONCE:
            return Changes(ticket_ids=(), cursor=cursor, everything=True)
        ticket_ids, others = feed.between(seen, newest.position)
        return Changes(ticket_ids=ticket_ids, others=others, cursor=cursor)

    @operation("GET", "/tickets/{ticket_id}", permission=Permission.SEE_OWN_TICKETS)
    def view(self, ticket_id: int) -> TicketView:
        """Show a ticket with its newest comments and its history."""
        return self._view(self._work.desk.tickets.get(ticket_id))

    @operation("GET", "/tickets/{ticket_id}/comments", permission=Permission.SEE_OWN_TICKETS)
    def comments(self, ticket_id: int, before: int) -> tuple[CommentView, ...]:
        """Show the comments that came before the one named, oldest first."""
        tickets = self._work.desk.tickets
        return tickets.comments(tickets.get(ticket_id).id, before=before)

    @operation(
        "POST",
        "/tickets/{ticket_id}/comments",
        permission=Permission.COMMENT_TICKET,
        creates=True,
    )
    def comment(self, ticket_id: int, new: NewComment) -> TicketView:
        """Add a reply or an internal note, and change the status with it where asked.

        A reply by staff begins the work on a new ticket and takes one that nobody has, a reply
        by the requester ends the waiting for it or reopens a resolved ticket; a closed ticket
        takes no more.
        """
        ticket = self._work.desk.tickets.get(ticket_id)
        by_staff = self._works_on(ticket)
        if new.internal and not self._may(Permission.WRITE_INTERNAL_NOTE):
            raise Forbidden("Only staff can write internal notes.")
        if ticket.status is Status.CLOSED and not new.internal:
            raise Invalid(f"{ticket.number} is closed; reopen it, or submit a new ticket.")
        if new.status and not self._may(Permission.WORK_TICKET):
            raise Forbidden("Only staff can set the status of a ticket.")
        self._add_comment(ticket, new, by_staff=by_staff)
        status = new.status or _status_after(ticket, new, by_staff=by_staff)
        if by_staff and _begins_work(ticket, new, status):
            self._set_assignee(ticket, self._work.actor.id)
        if status and status is not ticket.status:
            self._move(ticket, status)
        return self._touched(ticket)

    @operation("PATCH", "/tickets/{ticket_id}", permission=Permission.WORK_TICKET)
    def change(self, ticket_id: int, change: TicketChange) -> TicketView:
        """Change status, priority or category."""
        ticket = self._expected(ticket_id, change.version)
        touched = change.model_fields_set
        if "priority" in touched and change.priority and change.priority != ticket.priority:
            self._set_priority(ticket, change.priority)
        if "category_id" in touched and change.category_id != ticket.category_id:
            self._set_category(ticket, change.category_id)
        if "status" in touched and change.status and change.status != ticket.status:
            self._move(ticket, change.status)
        return self._touched(ticket)

    @operation("POST", "/tickets/{ticket_id}/take", permission=Permission.WORK_TICKET)
    def take(self, ticket_id: int, version: int) -> TicketView:
        """Become the assignee."""
        if self._work.actor.id is None:
            raise Invalid("Only a person can take a ticket; assign it to somebody instead.")
        ticket = self._expected(ticket_id, version)
        self._assign(ticket, self._work.actor.id)
        return self._touched(ticket)

    @operation("POST", "/tickets/{ticket_id}/release", permission=Permission.WORK_TICKET)
    def release(self, ticket_id: int, version: int) -> TicketView:
        """Put one's own ticket back into the queue."""
        ticket = self._expected(ticket_id, version)
        if ticket.assignee_id != self._work.actor.id:
            raise Forbidden(f"{ticket.number} is not assigned to you; a manager can move it.")
        self._assign(ticket, None)
        return self._touched(ticket)

    @operation("POST", "/tickets/{ticket_id}/assign", permission=Permission.ASSIGN_TICKET)
    def assign(self, ticket_id: int, assignment: Assignment) -> TicketView:
        """Give a ticket to anyone of the staff, or back to the queue."""
        ticket = self._expected(ticket_id, assignment.version)
        self._assign(ticket, assignment.assignee_id)
        return self._touched(ticket)

    @operation("POST", "/tickets/{ticket_id}/close", permission=Permission.CLOSE_TICKET)
    def close(self, ticket_id: int, version: int) -> TicketView:
        """Close a ticket: nothing more is to be done, or its requester needs it no longer."""
        ticket = self._expected(ticket_id, version)
        self._move(ticket, Status.CLOSED)
        return self._touched(ticket)

    @operation("POST", "/tickets/{ticket_id}/reopen", permission=Permission.REOPEN_TICKET)
    def reopen(self, ticket_id: int, reopening: Reopening) -> TicketView:
        """Reopen a resolved or closed ticket, with the reason as a reply."""
        ticket = self._work.desk.tickets.get(ticket_id)
        if ticket.status.is_open:
            raise Invalid(f"{ticket.number} is open already.")
        self._move(ticket, Status.OPEN)
        if reopening.reason:
            comment = NewComment(body=reopening.reason)
            self._add_comment(ticket, comment, by_staff=self._works_on(ticket))
        return self._touched(ticket)

    def _expected(self, ticket_id: int, version: int) -> Ticket:
        """Return a ticket to change. Raises ``Conflict`` when the caller has not seen it so."""
        ticket = self._work.desk.tickets.get(ticket_id)
        try:
            ticket.expect(version)
        except Conflict as stale:
            raise Conflict(str(stale), current=self._view(ticket)) from stale
        return ticket

    def _may(self, permission: Permission) -> bool:
        return self._work.actor.may(permission)

    def _requester(self) -> int:
        if self._work.actor.id is None:
            raise Invalid("A ticket needs a requester.")
        return self._work.actor.id

    def _works_on(self, ticket: Ticket) -> bool:
        """Return whether the actor speaks for the desk on this ticket, not as its requester."""
        is_requester = ticket.requester_id == self._work.actor.id
        return self._may(Permission.WORK_TICKET) and not is_requester

    def _vouches_for(self, ticket: Ticket) -> bool:
        """Return whether closing says that category and priority are right.

        Whoever only asked has chosen them, and would teach the desk whatever they like.
        """
        has_it = ticket.assignee_id is not None and ticket.assignee_id == self._work.actor.id
        return self._works_on(ticket) or (has_it and self._may(Permission.WORK_TICKET))

    def _due(self, ticket: Ticket, since: datetime) -> DueTimes:
        return due_times(self._work.settings.targets, ticket.priority, since)

    def _set_priority(self, ticket: Ticket, priority: Priority) -> None:
        self._record_change(ticket, "priority", ticket.priority.label, priority.label)
        ticket.priority = priority
        self._settled.add(SuggestedField.PRIORITY)
        begun = self._work.desk.tickets.reopened_at(ticket) or ticket.created_at
        answered = ticket.first_responded_at is not None
        ticket.resolution_due = self._due(ticket, begun).resolution
        awaited_since = ticket.created_at if answered else begun
        ticket.first_response_due = self._due(ticket, awaited_since).first_response

    def _set_category(self, ticket: Ticket, category_id: int | None) -> None:
        categories = self._work.desk.categories
        new = categories.choose(category_id).name if category_id else None
        self._record_change(ticket, "category", categories.name_of(ticket.category_id), new)
        ticket.category_id = category_id
        self._settled.add(SuggestedField.CATEGORY)

    def _assign(self, ticket: Ticket, assignee_id: int | None) -> None:
        if assignee_id == ticket.assignee_id:
            return
        self._set_assignee(ticket, assignee_id)
        if assignee_id and ticket.status is Status.NEW:
            self._move(ticket, Status.OPEN)

    def _set_assignee(self, ticket: Ticket, assignee_id: int | None) -> None:
        users = self._work.desk.users
        if not ticket.status.is_open:
            raise Invalid(f"{ticket.number} is {ticket.status.label}; reopen it first.")
        new = users.get(assignee_id) if assignee_id else None
        if new and not new.can_be_given_tickets:
            raise Invalid(f"{new.full_name} cannot be given tickets.", field="assignee_id")
        old = users.get(ticket.assignee_id) if ticket.assignee_id else None
        self._record_change(
            ticket, "assignee", old.full_name if old else None, new.full_name if new else None
        )
        ticket.assignee_id = assignee_id

    def _move(self, ticket: Ticket, status: Status) -> None:
        before = ticket.status
        ticket.move_to(status, self._work.now)
        reopens = status.is_open and not before.is_open
        kind = EventKind.REOPENED if reopens else EventKind.CHANGED
        self._record(ticket, kind, field="status", old=before.label, new=status.label)
        if before.is_open and not status.is_open and self._vouches_for(ticket):
            self._settled.update(FIELDS)
        if reopens:
            self._begin_anew(ticket)

    def _begin_anew(self, ticket: Ticket) -> None:
        """Give a reopened ticket its whole time again, and somebody who can still work on it."""
        due = self._due(ticket, self._work.now)
        ticket.resolution_due = due.resolution
        if ticket.first_responded_at is None:
            ticket.first_response_due = due.first_response
        if ticket.assignee_id:
            self._return_from_leaver(ticket, ticket.assignee_id)

    def _return_from_leaver(self, ticket: Ticket, assignee_id: int) -> None:
        """Put a reopened ticket back into the queue when its assignee no longer works there."""
        if not self._work.desk.users.get(assignee_id).can_be_given_tickets:
            self._assign(ticket, None)

    def _record_change(self, ticket: Ticket, field: str, old: str | None, new: str | None) -> None:
        self._record(ticket, EventKind.CHANGED, field=field, old=old, new=new)

    def _record(
        self,
        ticket: Ticket,
        kind: EventKind,
        *,
        field: str | None = None,
        old: str | None = None,
        new: str | None = None,
    ) -> None:
        self._recorded.add(kind)
        self._work.desk.tickets.record(ticket, kind, self._work.now, field=field, old=old, new=new)

    def _add_comment(self, ticket: Ticket, new: NewComment, *, by_staff: bool) -> None:
        tickets, now = self._work.desk.tickets, self._work.now
        comment = Comment(
            ticket_id=ticket.id,
            author_id=self._requester(),
            by_staff=by_staff,
            internal=new.internal,
            created_at=now,
            body=new.body,
        )
        tickets.add_comment(ticket, comment)
        self._record(ticket, EventKind.NOTED if new.internal else EventKind.COMMENTED)
        if by_staff and not new.internal:
            ticket.note_first_response(now)

    def _touched(self, ticket: Ticket) -> TicketView:
        """Count the change where there was one; a note is none for those who may not see it."""
        if self._recorded.difference(STAFF_ONLY):
            ticket.touch(self._work.now)
        return self._saved(ticket) if self._recorded else self._view(ticket)

    def _saved(self, ticket: Ticket) -> TicketView:
        desk = self._work.desk
        desk.flush()
        if self._settled:
            Learning(desk.triage, self._work.now).settle(ticket, self._settled)
        desk.changed("ticket", ticket.id)
        return self._view(ticket)

    def _view(self, ticket: Ticket) -> TicketView:
        tickets = self._work.desk.tickets
        people = tickets.people_of(ticket)
        comments = tickets.comments(ticket.id)
        sees_notes = self._may(Permission.SEE_ALL_TICKETS)
        in_all = ticket.replies + (ticket.notes if sees_notes else 0)
        return TicketView(
            id=ticket.id,
            number=ticket.number,
            subject=ticket.subject,
            description=ticket.description,
            status=ticket.status,
            priority=ticket.priority,
            category=CategoryView(id=ticket.category_id, name=people.category)
            if ticket.category_id
            else None,
            requester=PersonRef(id=ticket.requester_id, full_name=people.requester),
            requester_email=people.email,
            assignee=PersonRef(id=ticket.assignee_id, full_name=people.assignee)
            if ticket.assignee_id
            else None,
            source=ticket.source,
            created_at=ticket.created_at,
            updated_at=ticket.updated_at,
            first_response_due=due_or_none(ticket.first_response_due),
            first_responded_at=ticket.first_responded_at,
            resolution_due=due_or_none(ticket.resolution_due),
            resolved_at=ticket.resolved_at,
            closed_at=ticket.closed_at,
            version=ticket.version,
            comments=comments,
            earlier_comments=in_all - len(comments) if len(comments) == COMMENTS_SHOWN else 0,
            events=tickets.events(ticket.id),
            allowed=self._allowed(ticket),
            next_statuses=TRANSITIONS[ticket.status] if self._may(Permission.WORK_TICKET) else (),
        )

    def _allowed(self, ticket: Ticket) -> frozenset[str]:
        """Return which operations would be let through, for windows to show only those."""
        if self._work.read_only:
            return frozenset()
        is_open, mine = ticket.status.is_open, ticket.assignee_id == self._work.actor.id
        works = self._may(Permission.WORK_TICKET)
        offers = {
            "comment": self._may(Permission.COMMENT_TICKET) and ticket.status is not Status.CLOSED,
            "note": self._may(Permission.WRITE_INTERNAL_NOTE),
            "change": works,
            "take": works and is_open and not mine,
            "release": works and is_open and mine,
            "assign": self._may(Permission.ASSIGN_TICKET) and is_open,
            "resolve": works and is_open,
            "close": self._may(Permission.CLOSE_TICKET) and ticket.status is not Status.CLOSED,
            "reopen": self._may(Permission.REOPEN_TICKET) and not is_open,
        }
        return frozenset(name for name, offered in offers.items() if offered)


def subject_from(description: str) -> str:
    """Return a subject for a ticket that has none: the first line that says something."""
    first_line = next((line for line in description.splitlines() if line.strip()), "")
    return ellipsis(single_line(first_line), _SUBJECT_FROM_BODY)[:SUBJECT_LIMIT]


def _status_after(ticket: Ticket, new: NewComment, *, by_staff: bool) -> Status | None:
    """Return the status that a comment brings about by itself."""
    if new.internal:
        return None
    if by_staff:
        return Status.IN_PROGRESS if ticket.status in (Status.NEW, Status.OPEN) else None
    return Status.OPEN if ticket.status in (Status.AWAITING_CUSTOMER, Status.RESOLVED) else None


def _begins_work(ticket: Ticket, new: NewComment, status: Status | None) -> bool:
    """Return whether a reply by staff takes a ticket that lies in the queue.

    Whoever sets it to Open, or leaves it so on purpose, leaves it in the queue.
    """
    waits = ticket.status in (Status.NEW, Status.OPEN) and ticket.assignee_id is None
    return waits and not new.internal and status not in (None, Status.NEW, Status.OPEN)
