# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the templates for tickets, as far as the actor may see them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.permissions import Actor, Permission
from helpdesk.database.types import is_id
from helpdesk.models import TicketTemplate

_NO_TEMPLATE = "There is no such template; it may have been removed."


class TicketTemplateRepository:
    """The templates for one actor."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom they are for."""
        self._session = session
        self._actor = actor

    def all(self) -> Sequence[TicketTemplate]:
        """Return those that the actor may see, in their order.

        What is not in use is seen by who sets them up, what is for staff alone by the staff.
        """
        statement = select(TicketTemplate)
        if not self._actor.may(Permission.SET_UP_TICKETS):
            statement = statement.where(TicketTemplate.active.is_(True))
            if not self._actor.may(Permission.WORK_TICKET):
                statement = statement.where(TicketTemplate.staff_only.is_(False))
        ordered = statement.order_by(TicketTemplate.position, TicketTemplate.id)
        return self._session.execute(ordered).scalars().all()

    def get(self, template_id: int) -> TicketTemplate:
        """Return one to change. Raises ``NotFound``."""
        found = self._session.get(TicketTemplate, template_id) if is_id(template_id) else None
        if found is None:
            raise NotFound(_NO_TEMPLATE)
        return found

    def add(self, template: TicketTemplate) -> TicketTemplate:
        """Store a new one behind the others."""
        last = self._session.execute(select(func.max(TicketTemplate.position))).scalar_one()
        template.position = (last or 0) + 1
        self._session.add(template)
        self._session.flush()
        return template

    def remove(self, template: TicketTemplate) -> None:
        """Forget one."""
        self._session.delete(template)

    def arrange(self, template_ids: Sequence[int]) -> None:
        """Put them into an order; none of them counts as changed by that."""
        table = TicketTemplate.__table__
        statement = (
            update(TicketTemplate)
            .where(table.c.id == bindparam("template"))
            .values(position=bindparam("place"))
        )
        rows = [{"template": id_, "place": at} for at, id_ in enumerate(template_ids, start=1)]
        self._session.connection().execute(statement, rows)
        self._session.expire_all()
