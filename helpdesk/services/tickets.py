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
    TicketCount,
    TicketPage,
    TicketQuery,
    TicketView,
)
from helpdesk.core.schemas.users import PersonRef, TeamRef
from helpdesk.core.text import SUBJECT_LIMIT, ellipsis, single_line
from helpdesk.models import Ticket
from helpdesk.models.ticket import TRANSITIONS
from helpdesk.repositories.attachments import OnTicket, ids_of, with_files
from helpdesk.repositories.behind import BehindWalk
from helpdesk.repositories.desk_changes import Position
from helpdesk.repositories.ticket_details import (
    CLOCK,
    COMMENTS_SHOWN,
    row_clock,
    row_rating,
    tags_of,
)
from helpdesk.repositories.tickets import due_or_none
from helpdesk.services.assistant_setup import expect_first_response
from helpdesk.services.attaching import attach
from helpdesk.services.clocks import Clocks
from helpdesk.services.consequences import follow
from helpdesk.services.deed_notes import note_edit
from helpdesk.services.figure_behind import walk_of
from helpdesk.services.query_names import plain
from helpdesk.services.ratings import may_rate
from helpdesk.services.replying import READ_FIRST, has_news, say
from helpdesk.services.ticket_changes import TicketChanges, require_unmerged
from helpdesk.services.watchers import add_watchers
from helpdesk.services.work import Work

_CHANGES_AT_ONCE = 500
_SUBJECT_FROM_BODY = 80


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
        changes = self.opened(new, self._requester_of(new))
        self._set_up(changes, new)
        return self._saved(changes)

    def opened(self, new: NewTicket, requester_id: int) -> TicketChanges:
        """Open a ticket for somebody; what follows from that is left to who calls."""
        desk, now = self._work.desk, self._work.now
        category = desk.categories.choose(new.category_id) if new.category_id else None
        ticket = Ticket(
            version=1,
            subject=new.subject or subject_from(new.description),
            description=new.description,
            status=Status.NEW,
            priority=new.priority,
            category_id=category.id if category else None,
            requester_id=requester_id,
            source=new.source,
            created_at=now,
            updated_at=now,
            replies=0,
            notes=0,
        )
        Clocks(self._work).foresee(ticket)
        desk.tickets.add(ticket)
        changes = TicketChanges(self._work, ticket)
        changes.created()
        attach(self._work, changes, new.attachment_keys)
        expect_first_response(self._work, ticket)
        return changes

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
            raise Conflict(READ_FIRST, current=self._view(ticket))
        changes = TicketChanges(self._work, ticket)
        say(self._work, changes, new)
        return self._touched(changes)

    @operation("PATCH", "/tickets/{ticket_id}", permission=Permission.WORK_TICKET)
    def change(self, ticket_id: int, change: TicketChange) -> TicketView:
        """Change status, priority, category or team."""
        changes = self._expected(ticket_id, change.version)
        ticket, touched = changes.ticket, change.model_fields_set
        if "priority" in touched and change.priority and change.priority != ticket.priority:
            changes.set_priority(change.priority)
        if "category_id" in touched and change.category_id != ticket.category_id:
            changes.set_category(change.category_id)
        if "team_id" in touched and change.team_id != ticket.team_id:
            changes.set_team(change.team_id)
        if "status" in touched and change.status and change.status != ticket.status:
            changes.move(change.status)
        return self._touched(changes)

    @operation("POST", "/tickets/{ticket_id}/take", permission=Permission.WORK_TICKET)
    def take(self, ticket_id: int, version: int) -> TicketView:
        """Become the assignee."""
        if self._work.actor.id is None:
            raise Invalid("Only a person can take a ticket; assign it to somebody instead.")
        changes = self._expected(ticket_id, version)
        changes.assign(self._work.actor.id)
        return self._touched(changes)

    @operation("POST", "/tickets/{ticket_id}/release", permission=Permission.WORK_TICKET)
    def release(self, ticket_id: int, version: int) -> TicketView:
        """Put one's own ticket back into the queue."""
        changes = self._expected(ticket_id, version)
        if changes.ticket.assignee_id != self._work.actor.id:
            number = changes.ticket.number
            raise Forbidden(f"{number} is not assigned to you; a manager can move it.")
        changes.assign(None)
        return self._touched(changes)

    @operation("POST", "/tickets/{ticket_id}/assign", permission=Permission.ASSIGN_TICKET)
    def assign(self, ticket_id: int, assignment: Assignment) -> TicketView:
        """Give a ticket to anyone of the staff, or back to the queue."""
        changes = self._expected(ticket_id, assignment.version)
        changes.assign(assignment.assignee_id)
        return self._touched(changes)

    @operation("POST", "/tickets/{ticket_id}/close", permission=Permission.CLOSE_TICKET)
    def close(self, ticket_id: int, version: int) -> TicketView:
        """Close a ticket: nothing more is to be done, or its requester needs it no longer."""
        changes = self._expected(ticket_id, version)
        self._require_own(changes.ticket)
        changes.move(Status.CLOSED)
        return self._touched(changes)

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
        return self._touched(changes)

    def _require_own(self, ticket: Ticket) -> None:
        """Raise ``Forbidden`` where somebody only follows a ticket, without being of the staff."""
        if not self._is_own(ticket):
            raise Forbidden(f"Only who opened {ticket.number} and staff can do that.")

    def _is_own(self, ticket: Ticket) -> bool:
        return self._may(Permission.SEE_ALL_TICKETS) or ticket.requester_id == self._work.actor.id

    def expected(self, ticket_id: int, version: int) -> TicketChanges:
        """Return a ticket to change. Raises ``Conflict`` when the caller has not seen it so."""
        return self._expected(ticket_id, version)

    def touched(self, changes: TicketChanges) -> TicketView:
        """See a change of a ticket through, and show it."""
        return self._touched(changes)

    def shown(self, ticket: Ticket, *, undo: int | None = None) -> TicketView:
        """Show a ticket after all that followed from what was done to it."""
        return self._view(ticket, undo=undo)

    def _expected(self, ticket_id: int, version: int) -> TicketChanges:
        """Return a ticket to change.

        Raises ``Conflict`` when the caller has not seen it so, and ``Invalid`` for a merged one.
        """
        ticket = self._work.desk.tickets.get(ticket_id)
        try:
            ticket.expect(version)
        except Conflict as stale:
            raise Conflict(str(stale), current=self._view(ticket)) from stale
        require_unmerged(self._work, ticket)
        return TicketChanges(self._work, ticket)

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

    def _touched(self, changes: TicketChanges) -> TicketView:
        """Count the change where there was one; a note is none for those who may not see it."""
        happened, ticket = changes.happened, changes.ticket
        if happened.is_seen_by_all:
            ticket.touch(self._work.now)
        return self._saved(changes) if happened.kinds else self._view(ticket)

    def _saved(self, changes: TicketChanges) -> TicketView:
        happened = follow(self._work, changes)
        return self._view(changes.ticket, undo=note_edit(self._work, changes, happened))

    def _view(self, ticket: Ticket, *, undo: int | None = None) -> TicketView:
        tickets = self._work.desk.tickets
        people = tickets.people_of(ticket)
        sees_notes = self._may(Permission.SEE_ALL_TICKETS)
        in_all = ticket.replies + (ticket.notes if sees_notes else 0)
        if people.has_merged:
            comments, others = tickets.merged_comments(ticket.id)
            in_all += others
        else:
            comments = tickets.comments(ticket.id) if ticket.replies or ticket.notes else ()
        files = OnTicket((), {})
        if people.files or any(each.merged_from for each in comments):
            files = self._work.desk.attachments.of_ticket(ticket.id, ids_of(comments))
        shown = sum(each.id > 0 for each in comments)
        merges = self._work.desk.merges
        merged_into = merges.last_of(ticket.id) if people.merged_into else None
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
            comments=with_files(files, comments),
            earlier_comments=in_all - shown if shown == COMMENTS_SHOWN else 0,
            events=tickets.events(ticket.id),
            allowed=self._allowed(ticket, is_merged=merged_into is not None),
            next_statuses=TRANSITIONS[ticket.status] if self._may(Permission.WORK_TICKET) else (),
            team=TeamRef(id=ticket.team_id, name=people.team) if ticket.team_id else None,
            clock=row_clock(people[-len(CLOCK) :], staff=sees_notes),
            rating=row_rating(people),
            tags=tags_of(people.tags),
            merged_into=merged_into,
            watching=bool(people.watching),
            attachments=files.description,
            undo=undo,
        )

    def _allowed(self, ticket: Ticket, *, is_merged: bool) -> frozenset[str]:
        """Return which operations would be let through, for windows to show only those."""
        if self._work.read_only:
            return frozenset()
        if is_merged:
            return frozenset({"unmerge"} if self._may(Permission.WORK_TICKET) else ())
        is_own = self._is_own(ticket)
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
            "close": is_own
            and self._may(Permission.CLOSE_TICKET)
            and ticket.status is not Status.CLOSED,
            "reopen": is_own and self._may(Permission.REOPEN_TICKET) and not is_open,
            "merge": works,
            "rate": may_rate(self._work.actor, ticket),
        }
        return frozenset(name for name, offered in offers.items() if offered)


def subject_from(description: str) -> str:
    """Return a subject for a ticket that has none: the first line that says something."""
    first_line = next((line for line in description.splitlines() if line.strip()), "")
    return ellipsis(single_line(first_line), _SUBJECT_FROM_BODY)[:SUBJECT_LIMIT]
