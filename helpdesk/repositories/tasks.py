# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the checklists of tickets."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, insert, select

from helpdesk.core.schemas.tasks import Checklist, TaskView
from helpdesk.core.schemas.users import PersonRef
from helpdesk.models import TicketTask, User
from helpdesk.repositories.ticket_rows import TicketRows

_task, _user = TicketTask.__table__.c, User.__table__.c


class TaskRepository(TicketRows[TicketTask]):
    """The tasks of tickets; whoever asks has looked whether the ticket may be seen."""

    kind = TicketTask

    def of_ticket(self, ticket_id: int) -> Checklist:
        """Return the tasks of a ticket, in their order."""
        statement = (
            select(_task.id, _task.text, _task.done_at, _task.done_by_id, _user.full_name)
            .outerjoin(User.__table__, _user.id == _task.done_by_id)
            .where(_task.ticket_id == ticket_id)
            .order_by(_task.position, _task.id)
        )
        return Checklist(
            tasks=tuple(
                TaskView(
                    id=id_,
                    text=text,
                    done_at=done_at,
                    done_by=PersonRef(id=by_id, full_name=name) if by_id else None,
                )
                for id_, text, done_at, by_id, name in self._session.execute(statement)
            )
        )

    def rows(self, ticket_id: int) -> list[TicketTask]:
        """Return the tasks of a ticket to be changed, in their order."""
        return sorted(super().rows(ticket_id), key=lambda each: (each.position, each.id))

    def add_all(self, ticket_id: int, texts: Sequence[str]) -> None:
        """Add tasks below those that a ticket has, in their order."""
        if not texts:
            return
        last = select(func.max(_task.position)).where(_task.ticket_id == ticket_id)
        begin = (self._session.execute(last).scalar_one() or 0) + 1
        rows = [
            {"ticket_id": ticket_id, "position": begin + place, "text": text}
            for place, text in enumerate(texts)
        ]
        self._session.execute(insert(TicketTask), rows)
        self._session.flush()

    def put_in_order(self, tasks: Sequence[TicketTask]) -> None:
        """Let tasks stand in this order."""
        for position, task in enumerate(tasks, start=1):
            task.position = position
        self._session.flush()
