# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes who has which ticket in front of them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor
from helpdesk.models import Presence, User
from helpdesk.repositories.readable import names_readable

_presence, _user = Presence.__table__.c, User.__table__.c


class PresentRow(NamedTuple):
    """Somebody at a ticket."""

    ticket_id: int
    person_id: int
    full_name: str
    seen_at: datetime
    typing_at: datetime | None


class PresenceRepository:
    """Who is where, at tickets that the actor may read."""

    def __init__(self, session: Session, actor: Actor) -> None:
        """Bind to a session and to whom the rows are for."""
        self._session = session
        self._actor = actor

    def find(self, ticket_id: int, person_id: int) -> Presence | None:
        """Return the sign that somebody has given at a ticket."""
        return self._session.get(Presence, (ticket_id, person_id))

    def add(self, sign: Presence) -> None:
        """Keep the first sign of somebody at a ticket."""
        self._session.add(sign)

    def remove(self, sign: Presence) -> None:
        """Forget that somebody is at a ticket."""
        self._session.delete(sign)

    def forget_before(self, at: datetime) -> None:
        """Forget whoever has given no sign since a moment."""
        self._session.execute(delete(Presence).where(Presence.seen_at < at))

    def keep_newest(self, person_id: int, most: int) -> None:
        """Forget all but the tickets that somebody has been at last."""
        newest = (
            select(_presence.ticket_id)
            .where(_presence.person_id == person_id)
            .order_by(_presence.seen_at.desc(), _presence.ticket_id)
            .limit(most)
        )
        self._session.execute(
            delete(Presence).where(
                Presence.person_id == person_id, Presence.ticket_id.not_in(newest)
            )
        )

    def others(self, person_id: int, since: datetime) -> list[PresentRow]:
        """Return who else has given a sign since a moment."""
        statement = (
            select(
                _presence.ticket_id,
                _presence.person_id,
                _user.full_name,
                _presence.seen_at,
                _presence.typing_at,
            )
            .join(User.__table__, _user.id == _presence.person_id)
            .where(
                _presence.seen_at >= since,
                _presence.person_id != person_id,
                _user.active.is_(True),
                names_readable(_presence.ticket_id, self._actor),
            )
            .order_by(_presence.ticket_id, _user.full_name_folded, _user.id)
        )
        return [PresentRow._make(row) for row in self._session.execute(statement)]
