# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do with tickets."""

from __future__ import annotations

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
    Reopening,
    Source,
    Status,
    TicketChange,
    TicketChoices,
    TicketCount,
    TicketPage,
    TicketQuery,
    TicketView,
)
from helpdesk.core.schemas.users import TeamRef
from helpdesk.models import Ticket
from helpdesk.repositories.attachments import ids_of, with_files
from helpdesk.repositories.behind import BehindWalk
from helpdesk.repositories.desk_changes import Position
from helpdesk.services.field_values import fill_new
from helpdesk.services.figure_behind import walk_of
from helpdesk.services.query_names import plain
from helpdesk.services.replying import READ_FIRST, has_news, say
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.ticket_opening import open_ticket
from helpdesk.services.ticket_views import expected, is_own, seen_through, shown, touched
from helpdesk.services.watchers import add_watchers
from helpdesk.services.work import Work

_CHANGES_AT_ONCE = 500


class Tickets:
    """Tickets, their comments and their history."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("POST", "/tickets", permission=Permission.SUBMIT_TICKET, creates=True)
    def open(self, new: NewTicket) -> TicketView:
        """Open a ticket for oneself."""
        if new.source is Source.IMPORT:
            # What is imported is believed: the desk learns from it.
            raise Invalid("Only an import writes imported tickets.", field="source")
        changes = open_ticket(self._work, new, self._requester_of(new))
        fill_new(self._work, changes, new.fields)
        self._set_up(changes, new)
        return seen_through(self._work, changes)

    def _requester_of(self, new: NewTicket) -> int:
        """Return whom a ticket is for: staff may open one for anybody who has an account."""
        if not (new.requester_id or new.tags or new.watcher_ids):
            return self._requester()
        if not self._may(Permission.WORK_TICKET):
            raise Forbidden("Only staff can open a ticket for others, tag it or add followers.")
        if new.requester_id is None:
            return self._requester()
        requester = self._work.desk.users.get(new.requester_id)
        if not requester.active:
            raise Invalid(f"{requester.full_name} has no active account.", field="requester_id")
        return requester.id

    def _set_up(self, changes: TicketChanges, new: NewTicket) -> None:
        """Give a new ticket the tags and followers that it is opened with."""
        if new.tags:
            changes.set_tags(new.tags)
        if new.watcher_ids:
            users = self._work.desk.users
            people = tuple(users.get(id_) for id_ in dict.fromkeys(new.watcher_ids))
            add_watchers(self._work, changes, people)

    @operation("GET", "/tickets", permission=Permission.SEE_OWN_TICKETS)
    def search(self, query: TicketQuery) -> TicketPage:
        """List the tickets that match, one page at a time."""
        return self._work.desk.tickets.page(plain(self._work, query), self._behind(query))

    @operation("GET", "/tickets/count", permission=Permission.SEE_OWN_TICKETS)
    def count(self, query: TicketQuery) -> TicketCount:
        """Count the tickets that match, exactly up to a limit."""
        return self._work.desk.tickets.count(plain(self._work, query), self._behind(query))

    @operation("GET", "/tickets/assignable", permission=Permission.WORK_TICKET)
    def assignable(self) -> tuple[Assignable, ...]:
        """List who can be given tickets, with their load."""
        return self._work.desk.users.assignable()

    @operation("GET", "/tickets/choices", permission=Permission.WORK_TICKET)
    def choices(self) -> TicketChoices:
        """List what tickets can be given: categories, people with their load, and teams."""
        desk = self._work.desk
        return TicketChoices(
            categories=desk.categories.active(),
            people=desk.users.assignable(),
            teams=tuple(TeamRef(id=team.id, name=team.name) for team in desk.teams.all()),
        )

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
        return shown(self._work, self._work.desk.tickets.get(ticket_id))

    @operation("GET", "/tickets/{ticket_id}/comments", permission=Permission.SEE_OWN_TICKETS)
    def comments(self, ticket_id: int, before: int) -> tuple[CommentView, ...]:
        """Show the comments that came before the one named, oldest first."""
        tickets = self._work.desk.tickets
        ticket = tickets.get(ticket_id)
        if tickets.has_merged(ticket.id):
            found, _ = tickets.merged_comments(ticket.id, before=before)
        else:
            found = tickets.comments(ticket.id, before=before)
        return with_files(self._work.desk.attachments.of_ticket(0, ids_of(found)), found)

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
        if has_news(self._work, ticket, new.seen_event):
            raise Conflict(READ_FIRST, current=shown(self._work, ticket))
        changes = TicketChanges(self._work, ticket)
        say(self._work, changes, new)
        return touched(self._work, changes)

    @operation("PATCH", "/tickets/{ticket_id}", permission=Permission.WORK_TICKET)
    def change(self, ticket_id: int, change: TicketChange) -> TicketView:
        """Change status, priority, category or team."""
        changes = expected(self._work, ticket_id, change.version)
        ticket, fields = changes.ticket, change.model_fields_set
        if "priority" in fields and change.priority and change.priority != ticket.priority:
            changes.set_priority(change.priority)
        if "category_id" in fields and change.category_id != ticket.category_id:
            changes.set_category(change.category_id)
        if "team_id" in fields and change.team_id != ticket.team_id:
            changes.set_team(change.team_id)
        if "status" in fields and change.status and change.status != ticket.status:
            changes.move(change.status)
        return touched(self._work, changes)

    @operation("POST", "/tickets/{ticket_id}/take", permission=Permission.WORK_TICKET)
    def take(self, ticket_id: int, version: int) -> TicketView:
        """Become the assignee."""
        if self._work.actor.id is None:
            raise Invalid("Only a person can take a ticket; assign it to somebody instead.")
        changes = expected(self._work, ticket_id, version)
        changes.assign(self._work.actor.id)
        return touched(self._work, changes)

    @operation("POST", "/tickets/{ticket_id}/release", permission=Permission.WORK_TICKET)
    def release(self, ticket_id: int, version: int) -> TicketView:
        """Put one's own ticket back into the queue."""
        changes = expected(self._work, ticket_id, version)
        if changes.ticket.assignee_id != self._work.actor.id:
            number = changes.ticket.number
            raise Forbidden(f"{number} is not assigned to you; a manager can move it.")
        changes.assign(None)
        return touched(self._work, changes)

    @operation("POST", "/tickets/{ticket_id}/assign", permission=Permission.ASSIGN_TICKET)
    def assign(self, ticket_id: int, assignment: Assignment) -> TicketView:
        """Give a ticket to anyone of the staff, or back to the queue."""
        changes = expected(self._work, ticket_id, assignment.version)
        changes.assign(assignment.assignee_id)
        return touched(self._work, changes)

    @operation("POST", "/tickets/{ticket_id}/close", permission=Permission.CLOSE_TICKET)
    def close(self, ticket_id: int, version: int) -> TicketView:
        """Close a ticket: nothing more is to be done, or its requester needs it no longer."""
        changes = expected(self._work, ticket_id, version)
        self._require_own(changes.ticket)
        changes.move(Status.CLOSED)
        return touched(self._work, changes)

    @operation("POST", "/tickets/{ticket_id}/reopen", permission=Permission.REOPEN_TICKET)
    def reopen(self, ticket_id: int, reopening: Reopening) -> TicketView:
        """Reopen a resolved or closed ticket, with the reason as a reply."""
        changes = TicketChanges(self._work, self._work.desk.tickets.get(ticket_id))
        self._require_own(changes.ticket)
        if changes.ticket.status.is_open:
            raise Invalid(f"{changes.ticket.number} is open already.")
        changes.move(Status.OPEN)
        if reopening.reason:
            comment = NewComment(body=reopening.reason)
            changes.add_comment(comment, self._requester(), by_staff=changes.works_on())
        return touched(self._work, changes)

    def _require_own(self, ticket: Ticket) -> None:
        """Raise ``Forbidden`` where somebody only follows a ticket, without being of the staff."""
        if not is_own(self._work, ticket):
            raise Forbidden(f"Only who opened {ticket.number} and staff can do that.")

    def _behind(self, query: TicketQuery) -> BehindWalk | None:
        """Return the tickets behind a figure, whose numbers are told to the staff alone."""
        if query.behind is not None and not self._may(Permission.SEE_OWN_FIGURES):
            raise Forbidden("Only staff can open the tickets behind a figure.")
        return walk_of(self._work, query.behind)

    def _may(self, permission: Permission) -> bool:
        return self._work.actor.may(permission)

    def _requester(self) -> int:
        if self._work.actor.id is None:
            raise Invalid("A ticket needs a requester.")
        return self._work.actor.id
