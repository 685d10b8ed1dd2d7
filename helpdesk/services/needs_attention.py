# SPDX-License-Identifier: GPL-3.0-or-later
"""The open tickets that need somebody first."""

from __future__ import annotations

from helpdesk.core.schemas.figures import AttentionRow, Scope
from helpdesk.models.ticket import number_of
from helpdesk.repositories.due_tickets import Needing
from helpdesk.repositories.tickets import due_or_none
from helpdesk.services.figure_scope import filters_of
from helpdesk.services.work import Work

MOST_SHOWN = 20
_LATE = 0


def needing_attention(work: Work, scope: Scope) -> tuple[AttentionRow, ...]:
    """Return what is overdue, then what is due within a day, then what was escalated."""
    rows = work.desk.due_tickets.needing(filters_of(scope), work.now, MOST_SHOWN)
    return tuple(map(_row, rows))


def _row(row: Needing) -> AttentionRow:
    return AttentionRow(
        ticket_id=row.ticket_id,
        number=number_of(row.ticket_id),
        subject=row.subject,
        priority=row.priority,
        assignee=row.assignee,
        due=due_or_none(row.due),
        late=row.rank == _LATE,
        escalation_level=row.escalation_level,
    )
