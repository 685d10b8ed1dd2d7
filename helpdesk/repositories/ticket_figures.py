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
        self._waiting: dict[int, tuple[bool, bool]] = {}

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

    def count(self, ticket_id: int, *, is_new: bool, has_moved: bool) -> None:
        """Let a ticket count as what it is at the end of the transaction.

        ``has_moved`` tells that its status was changed, be it back to what it was.
        """
        was_new, had_moved = self._waiting.get(ticket_id, (False, False))
        self._waiting[ticket_id] = (was_new or is_new, had_moved or has_moved)

    def write(self, at: int) -> None:
        """Write what the tickets count as that have changed, with all sums at once."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        days, rows, ledger = Days(self.zone()), self._rows, Ledger()
        added: list[TicketFacts] = []
        changed: list[tuple[TicketFacts, TicketFacts]] = []
        for source, old in rows.tickets_among(tuple(waiting)):
            seconds = self._seconds(source, old, *waiting[source.ticket_id], at)
            new = facts_of(source, days, _NEVER, seconds)
            if old is None:
                added.append(new)
            elif old != new:
                changed.append((old, new))
            if old != new:
                ledger.change(old, new)
        rows.add(added)
        rows.change(changed)
        rows.post(ledger)

    def _seconds(
        self, source: Source, old: TicketFacts | None, is_new: bool, has_moved: bool, at: int
    ) -> Seconds | None:
        """Return how long a ticket has been in its statuses."""
        if is_new:
            return NOTHING
        if old is None:
            return self._told(source)
        if not has_moved and old.status == source.status:
            return seconds_in(old)
        return self._told(source) if source.reopens else moved_on(old, source, at)

    @property
    def _rows(self) -> FigureRows:
        return FigureRows(SessionStatements(self._session.connection()))

    def _told(self, source: Source) -> Seconds | None:
        moves = self._rows.moves(source.ticket_id, source.ticket_id).get(source.ticket_id)
        return None if moves is None else seconds_of(source.created_at, source.status, moves)
