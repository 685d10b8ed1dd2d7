# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes which tickets are out of sight until when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from helpdesk.models import Snooze

_snooze = Snooze.__table__.c


class PutOff(NamedTuple):
    """How a ticket is put out of sight."""

    until: datetime | None
    until_reply: bool
    by_id: int
    at: datetime


class SnoozeRepository:
    """The snoozes of tickets; whoever asks has looked whether the ticket may be seen."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session
        self._known: dict[int, PutOff | None] = {}

    def expect(self, ticket_ids: Collection[int]) -> None:
        """Read at once what is asked of each of many tickets that are going to be changed."""
        self._known |= dict.fromkeys(ticket_ids)
        columns = select(_snooze.ticket_id, *(_snooze[name] for name in PutOff._fields))
        for ticket_id, *values in self._session.execute(
            columns.where(_snooze.ticket_id.in_(ticket_ids))
        ):
            self._known[ticket_id] = PutOff(*values)

    def get(self, ticket_id: int) -> PutOff | None:
        """Return how a ticket is put off, if it is."""
        if ticket_id not in self._known:
            self.expect((ticket_id,))
        return self._known[ticket_id]

    def put(self, ticket_id: int, put_off: PutOff | None) -> None:
        """Put a ticket out of sight so, or let it be seen again."""
        if self.get(ticket_id) is not None:
            self._session.execute(delete(Snooze).where(_snooze.ticket_id == ticket_id))
        if put_off is not None:
            self._session.execute(insert(Snooze), {"ticket_id": ticket_id, **put_off._asdict()})
        self._known[ticket_id] = put_off

    def due(self, now: datetime, most: int) -> Sequence[int]:
        """Return some of the tickets whose time has come, the one that waits longest first."""
        statement = select(_snooze.ticket_id).where(_snooze.until <= now)
        ordered = statement.order_by(_snooze.until, _snooze.ticket_id).limit(most)
        return self._session.execute(ordered).scalars().all()
