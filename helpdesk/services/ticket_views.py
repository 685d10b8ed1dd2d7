# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets as whoever calls may see them, and how a change of one is begun and seen through.

For the operations on tickets, whichever service they belong to.
"""

from __future__ import annotations

from helpdesk.core.errors import Conflict
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tickets import CategoryView, Status, TicketView
from helpdesk.core.schemas.users import PersonRef, TeamRef
from helpdesk.models import Ticket
from helpdesk.models.ticket import TRANSITIONS
from helpdesk.repositories.attachments import OnTicket, ids_of, with_files
from helpdesk.repositories.ticket_details import (
    CLOCK,
    COMMENTS_SHOWN,
    row_clock,
    row_rating,
    row_snooze,
    tags_of,
)
from helpdesk.repositories.tickets import due_or_none
from helpdesk.services.consequences import follow
from helpdesk.services.deed_notes import note_edit
from helpdesk.services.field_values import shown_fields
from helpdesk.services.ratings import may_rate
from helpdesk.services.ticket_changes import TicketChanges, require_unmerged
from helpdesk.services.work import Work


def expected(work: Work, ticket_id: int, version: int) -> TicketChanges:
    """Return a ticket to change.

    Raises ``Conflict`` when the caller has not seen it so, and ``Invalid`` for a merged one.
    """
    ticket = work.desk.tickets.get(ticket_id)
    try:
        ticket.expect(version)
    except Conflict as stale:
        raise Conflict(str(stale), current=shown(work, ticket)) from stale
    require_unmerged(work, ticket)
    return TicketChanges(work, ticket)


def touched(work: Work, changes: TicketChanges) -> TicketView:
    """Count the change where there was one; a note is none for those who may not see it."""
    happened, ticket = changes.happened, changes.ticket
    changes.touch()
    return seen_through(work, changes) if happened.kinds else shown(work, ticket)


def seen_through(work: Work, changes: TicketChanges) -> TicketView:
    """Let follow what follows from a change, and show the ticket after it."""
    happened = follow(work, changes)
    return shown(work, changes.ticket, undo=note_edit(work, changes, happened))


def is_own(work: Work, ticket: Ticket) -> bool:
    """Return whether somebody has more to say on a ticket than who only follows it."""
    return work.actor.may(Permission.SEE_ALL_TICKETS) or ticket.requester_id == work.actor.id


def shown(work: Work, ticket: Ticket, *, undo: int | None = None) -> TicketView:
    """Show a ticket as the caller may see it, with the deed by which a change is undone."""
    tickets = work.desk.tickets
    people = tickets.people_of(ticket)
    sees_notes = work.actor.may(Permission.SEE_ALL_TICKETS)
    in_all = ticket.replies + (ticket.notes if sees_notes else 0)
    if people.has_merged:
        comments, others = tickets.merged_comments(ticket.id)
        in_all += others
    else:
        comments = tickets.comments(ticket.id) if ticket.replies or ticket.notes else ()
    files = OnTicket((), {})
    if people.files or any(each.merged_from for each in comments):
        files = work.desk.attachments.of_ticket(ticket.id, ids_of(comments))
    in_answer = sum(each.id > 0 for each in comments)
    merges = work.desk.merges
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
        earlier_comments=in_all - in_answer if in_answer == COMMENTS_SHOWN else 0,
        events=tickets.events(ticket.id),
        allowed=_allowed(work, ticket, is_merged=merged_into is not None),
        next_statuses=TRANSITIONS[ticket.status] if work.actor.may(Permission.WORK_TICKET) else (),
        team=TeamRef(id=ticket.team_id, name=people.team) if ticket.team_id else None,
        clock=row_clock(people[-len(CLOCK) :], staff=sees_notes),
        rating=row_rating(people),
        tags=tags_of(people.tags),
        snoozed=row_snooze(people) if sees_notes else None,
        fields=shown_fields(work, ticket) if people.has_fields else (),
        merged_into=merged_into,
        watching=bool(people.watching),
        attachments=files.description,
        undo=undo,
    )


def _allowed(work: Work, ticket: Ticket, *, is_merged: bool) -> frozenset[str]:
    """Return which operations would be let through, for windows to show only those."""
    if work.read_only:
        return frozenset()
    if is_merged:
        return frozenset({"unmerge"} if work.actor.may(Permission.WORK_TICKET) else ())
    own = is_own(work, ticket)
    is_open, mine = ticket.status.is_open, ticket.assignee_id == work.actor.id
    works = work.actor.may(Permission.WORK_TICKET)
    offers = {
        "comment": work.actor.may(Permission.COMMENT_TICKET) and ticket.status is not Status.CLOSED,
        "note": work.actor.may(Permission.WRITE_INTERNAL_NOTE),
        "change": works,
        "take": works and is_open and not mine,
        "release": works and is_open and mine,
        "assign": work.actor.may(Permission.ASSIGN_TICKET) and is_open,
        "resolve": works and is_open,
        "close": own
        and work.actor.may(Permission.CLOSE_TICKET)
        and ticket.status is not Status.CLOSED,
        "reopen": own and work.actor.may(Permission.REOPEN_TICKET) and not is_open,
        "merge": works,
        "snooze": works and is_open,
        "rate": may_rate(work.actor, ticket),
    }
    return frozenset(name for name, offered in offers.items() if offered)
