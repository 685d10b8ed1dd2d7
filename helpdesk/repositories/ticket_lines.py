# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the lines of a file of rows of tickets, of which a file may have very many."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from helpdesk.core.schemas.reports import TicketLine
from helpdesk.database.types import to_microseconds
from helpdesk.models.ticket import number_of
from helpdesk.repositories.cursors import encoded
from helpdesk.repositories.ticket_details import due_or_none


def line_of(row: Row[*tuple[Any, ...]]) -> TicketLine:
    """Return the line of a row of ``lines_statement``."""
    (
        id_, subject, status, priority, category, team, requester, assignee, source, created_at,
        first_responded_at, resolved_at, closed_at, first_response_due, resolution_due, reopened,
        rating,
    ) = row  # fmt: skip
    return TicketLine(
        number=number_of(id_),
        subject=subject,
        status=status.label,
        priority=priority.label,
        category=category,
        team=team,
        requester=requester,
        assignee=assignee,
        source=source.label,
        created_at=created_at,
        first_responded_at=first_responded_at,
        resolved_at=resolved_at,
        closed_at=closed_at,
        first_response_due=due_or_none(first_response_due),
        resolution_due=due_or_none(resolution_due),
        reopened=reopened,
        rating=rating,
    )


def line_cursor(row: Row[*tuple[Any, ...]], *, by_id: bool) -> str:
    """Return where a file goes on behind a row."""
    if by_id:
        return encoded((row.id,))
    return encoded((to_microseconds(row.created_at), row.id))
