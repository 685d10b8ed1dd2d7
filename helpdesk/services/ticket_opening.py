# SPDX-License-Identifier: GPL-3.0-or-later
"""How a ticket begins, whoever it is for and whatever it comes of."""

from __future__ import annotations

from helpdesk.core.schemas.tickets import NewTicket, Status
from helpdesk.core.text import SUBJECT_LIMIT, ellipsis, single_line
from helpdesk.models import Ticket
from helpdesk.services.assistant_setup import expect_first_response
from helpdesk.services.attaching import attach
from helpdesk.services.clocks import Clocks
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work

_SUBJECT_FROM_BODY = 80


def open_ticket(work: Work, new: NewTicket, requester_id: int) -> TicketChanges:
    """Open a ticket for somebody; what follows from that is left to who calls."""
    desk, now = work.desk, work.now
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
    Clocks(work).foresee(ticket)
    desk.tickets.add(ticket)
    changes = TicketChanges(work, ticket)
    changes.created()
    attach(work, changes, new.attachment_keys)
    expect_first_response(work, ticket)
    return changes


def subject_from(description: str) -> str:
    """Return a subject for a ticket that has none: the first line that says something."""
    first_line = next((line for line in description.splitlines() if line.strip()), "")
    return ellipsis(single_line(first_line), _SUBJECT_FROM_BODY)[:SUBJECT_LIMIT]
