# SPDX-License-Identifier: GPL-3.0-or-later
"""Says something on a ticket, with all that a reply brings about; for comments and for macros."""

from __future__ import annotations

from helpdesk.core.errors import Forbidden, Invalid
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tickets import NewComment, Status
from helpdesk.models import Comment, Ticket
from helpdesk.services.attaching import named, put_on
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.watchers import mention
from helpdesk.services.work import Work

READ_FIRST = "Others have written or decided something in the meantime; read it first."


def say(work: Work, changes: TicketChanges, new: NewComment) -> Comment:
    """Add a comment, and change status and assignee as it brings about.

    Raises ``Forbidden`` or ``Invalid`` where it cannot be said.
    """
    ticket, by_staff, actor = changes.ticket, changes.works_on(), work.actor
    if new.internal and not actor.may(Permission.WRITE_INTERNAL_NOTE):
        raise Forbidden("Only staff can write internal notes.")
    if not new.internal and not actor.may(Permission.COMMENT_TICKET):
        raise Forbidden("You can read this ticket, and not reply to it.")
    if ticket.status is Status.CLOSED and (into := work.desk.merges.last_of(ticket.id)):
        raise Invalid(f"{ticket.number} is merged into {into.number}; write there.")
    if ticket.status is Status.CLOSED and not new.internal:
        raise Invalid(f"{ticket.number} is closed; reopen it, or submit a new ticket.")
    if new.status and not actor.may(Permission.WORK_TICKET):
        raise Forbidden("Only staff can set the status of a ticket.")
    if actor.id is None:
        raise Invalid("A comment needs somebody who writes it.")
    files = named(work, changes, new.attachment_keys)
    comment = changes.add_comment(new, actor.id, by_staff=by_staff, with_files=files.said)
    put_on(work, files, comment)
    if by_staff:
        mention(work, changes, comment)
    status = new.status or _status_by(work, ticket, new, by_staff=by_staff)
    if by_staff and _begins_work(ticket, new, status):
        changes.set_assignee(actor.id)
    if status and status is not ticket.status:
        changes.move(status)
    return comment


def brought_about(ticket: Ticket, new: NewComment) -> tuple[Status | None, bool]:
    """Return the status that a reply by the staff brings, and whether it takes the ticket."""
    status = new.status or _status_after(ticket, new, by_staff=True)
    return status, _begins_work(ticket, new, status)


def has_news(work: Work, ticket: Ticket, seen_event: int | None) -> bool:
    """Return whether others said or decided something that whoever writes has not read.

    Nothing is news to who does not say what they have read.
    """
    if seen_event is None or ticket.status is Status.CLOSED:
        # That a closed ticket takes no replies says more.
        return False
    return work.desk.news.has_come(ticket.id, seen_event)


def _status_by(work: Work, ticket: Ticket, new: NewComment, *, by_staff: bool) -> Status | None:
    """Return the status that a comment brings about; who only follows reopens nothing."""
    status, actor = _status_after(ticket, new, by_staff=by_staff), work.actor
    reopens = status is not None and status.is_open and not ticket.status.is_open
    is_own = actor.may(Permission.SEE_ALL_TICKETS) or ticket.requester_id == actor.id
    return None if reopens and not is_own else status


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
