# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out whether others have said or decided something on a ticket that one has not read."""

from __future__ import annotations

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.tickets import NEWS_FIELDS, NEWS_KINDS
from helpdesk.models import Event
from helpdesk.models.event import STAFF_ONLY, EventKind

_event = Event.__table__.c


class TicketNewsRepository:
    """What is new on tickets, for one actor."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session, and to who has read."""
        self._session = session
        self._actor = actor

    def has_come(self, ticket_id: int, seen_event: int) -> bool:
        """Return whether others did what a reply has to know of, since an entry of the history."""
        decides = and_(_event.kind == EventKind.CHANGED, _event.field.in_(NEWS_FIELDS))
        by_others = or_(_event.actor_id.is_(None), _event.actor_id != (self._actor.id or 0))
        statement = select(_event.id).where(
            _event.ticket_id == ticket_id,
            _event.id > seen_event,
            or_(_event.kind.in_(NEWS_KINDS), decides),
            by_others,
        )
        if not self._actor.may(Permission.SEE_ALL_TICKETS):
            statement = statement.where(_event.kind.not_in(STAFF_ONLY))
        return self._session.execute(statement.limit(1)).first() is not None
