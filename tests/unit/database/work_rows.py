# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of the work on tickets with texts that no operation lets in, to be copied with a desk."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from helpdesk.core.schemas.ticket_work import FieldKind
from helpdesk.models import (
    CustomField,
    TicketField,
    TicketOrigin,
    TicketTask,
    TimeEntry,
)


def add_work_rows(session: Session, ticket_id: int, now: datetime, hard: str) -> None:
    """Add a row to each of these tables; ``hard`` is a text that is hard to copy."""
    field = CustomField(
        key="asset", name="Asset", help=hard, kind=FieldKind.TEXT, options="[]",
        category_ids="[1]", required=True, staff_only=False, position=1,
    )  # fmt: skip
    session.add(field)
    session.flush()
    session.add_all(
        [
            TicketOrigin(source="osticket", ref=hard, ticket_id=ticket_id),
            TicketTask(ticket_id=ticket_id, position=1, text=hard, done_at=now, done_by_id=2),
            TimeEntry(
                ticket_id=ticket_id, person_id=2, started_at=now,
                ended_at=now + timedelta(minutes=5), seconds=300, note=hard,
            ),
            TicketField(ticket_id=ticket_id, field_id=field.id, value=hard),
        ]
    )  # fmt: skip
