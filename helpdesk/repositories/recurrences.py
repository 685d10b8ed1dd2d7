# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes recurring tickets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.database.types import is_id
from helpdesk.models import Category, Recurrence, Team, Ticket, User

_category, _team, _ticket = Category.__table__, Team.__table__, Ticket.__table__
_requester, _assignee = User.__table__.alias("requester"), User.__table__.alias("assignee")


class RecurrenceRow(NamedTuple):
    """A recurring ticket, and what is called how on it."""

    recurrence: Recurrence
    category: str | None
    team: str | None
    requester: str
    assignee: str | None
    last_subject: str | None


class RecurrenceRepository:
    """The recurring tickets of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def all(self) -> Sequence[RecurrenceRow]:
        """Return all, those that are opened next first, what has ended or is paused last."""
        ends_last = Recurrence.next_at.is_(None), Recurrence.next_at, Recurrence.id
        statement = _rows().order_by(Recurrence.active.desc(), *ends_last)
        return [RecurrenceRow._make(row) for row in self._session.execute(statement)]

    def get(self, recurrence_id: int) -> RecurrenceRow:
        """Return one. Raises ``NotFound``."""
        known = recurrence_id if is_id(recurrence_id) else 0
        row = self._session.execute(_rows().where(Recurrence.id == known)).one_or_none()
        if row is None:
            raise NotFound("There is no such recurring ticket; it may have been removed.")
        return RecurrenceRow._make(row)

    def add(self, recurrence: Recurrence) -> Recurrence:
        """Store a new one."""
        self._session.add(recurrence)
        self._session.flush()
        return recurrence

    def remove(self, recurrence: Recurrence) -> None:
        """Forget one; the tickets that it opened stay."""
        self._session.delete(recurrence)

    def due_ids(self, now: datetime, most: int) -> Sequence[int]:
        """Return some whose date has come, the one that waits longest first."""
        due = select(Recurrence.id).where(Recurrence.active.is_(True), Recurrence.next_at <= now)
        ordered = due.order_by(Recurrence.next_at, Recurrence.id).limit(most)
        return self._session.execute(ordered).scalars().all()

    def due(self, recurrence_id: int, now: datetime) -> Recurrence | None:
        """Return one whose date has come still: another job may have been quicker."""
        statement = select(Recurrence).where(
            Recurrence.id == recurrence_id,
            Recurrence.active.is_(True),
            Recurrence.next_at <= now,
        )
        return self._session.execute(statement).scalar_one_or_none()


def _rows() -> Select[tuple[Recurrence, str | None, str | None, str, str | None, str | None]]:
    return (
        select(
            Recurrence,
            _category.c.name,
            _team.c.name,
            _requester.c.full_name,
            _assignee.c.full_name,
            _ticket.c.subject,
        )
        .join(_requester, _requester.c.id == Recurrence.requester_id)
        .join(_assignee, _assignee.c.id == Recurrence.assignee_id, isouter=True)
        .join(_category, _category.c.id == Recurrence.category_id, isouter=True)
        .join(_team, _team.c.id == Recurrence.team_id, isouter=True)
        .join(_ticket, _ticket.c.id == Recurrence.last_ticket_id, isouter=True)
    )
