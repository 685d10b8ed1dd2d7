# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes what tickets count as, and keeps the sums by day and hour in step with it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.core.schemas.sla import CalendarSettings
from helpdesk.database.figure_rows import ZONE, FigureRows, SessionStatements
from helpdesk.database.types import NEVER, to_microseconds
from helpdesk.figures.contribution import TicketFacts
from helpdesk.figures.ledger import Ledger
from helpdesk.figures.reckoning import (
    NOTHING,
    Days,
    Seconds,
    Source,
    facts_of,
    moved_on,
    seconds_in,
    seconds_of,
)
from helpdesk.models import BusinessCalendar, CalendarRevision
from helpdesk.repositories.facts import FactRepository

_UTC = "UTC"
_NEVER = to_microseconds(NEVER)


class TicketFigureRepository:
    """What tickets count as."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session
        self._facts = FactRepository(session)

    def zone(self) -> str:
        """Return the zone in which the desk counts days, chosen when it counts for the first time.

        It is that of the default calendar then.
        """
        zone = self._facts.get(ZONE)
        if zone is None:
            zone = self.calendar_zone()
            self._facts.set(ZONE, zone)
        return zone

    def calendar_zone(self) -> str:
        """Return the zone of the default calendar, UTC where there is none."""
        newest = (
            select(CalendarRevision.settings)
            .join(BusinessCalendar, BusinessCalendar.id == CalendarRevision.calendar_id)
            .where(BusinessCalendar.is_default.is_(True), BusinessCalendar.removed.is_(False))
            .order_by(CalendarRevision.id.desc())
            .limit(1)
        )
        settings = self._session.execute(newest).scalar_one_or_none()
        return CalendarSettings.model_validate_json(settings).time_zone if settings else _UTC

    def count(self, ticket_id: int, at: int, *, is_new: bool, has_moved: bool) -> None:
        """Let a ticket count as what it is now.

        ``has_moved`` tells that its status was changed at that moment, be it back to what it was.
        """
        days = Days(self.zone())
        self._session.flush()
        rows, ledger = self._rows, Ledger()
        for source, old in rows.tickets(ticket_id, ticket_id):
            if is_new:
                seconds: Seconds | None = NOTHING
            elif old is None:
                seconds = self._told(source)
            elif not has_moved and old.status == source.status:
                seconds = seconds_in(old)
            else:
                seconds = self._told(source) if source.reopens else moved_on(old, source, at)
            _enter(rows, ledger, old, facts_of(source, days, _NEVER, seconds))
        rows.post(ledger)

    @property
    def _rows(self) -> FigureRows:
        return FigureRows(SessionStatements(self._session.connection()))

    def _told(self, source: Source) -> Seconds | None:
        moves = self._rows.moves(source.ticket_id, source.ticket_id).get(source.ticket_id)
        return None if moves is None else seconds_of(source.created_at, source.status, moves)


def _enter(rows: FigureRows, ledger: Ledger, old: TicketFacts | None, new: TicketFacts) -> None:
    if old is None:
        rows.add((new,))
    elif old != new:
        rows.change(old, new)
    else:
        return
    ledger.change(old, new)
