# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes what tickets count as, and keeps the sums by day and hour in step with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from helpdesk.core.schemas.sla import CalendarSettings
from helpdesk.database.figure_rows import ZONE, FigureRows, SessionStatements
from helpdesk.database.types import NEVER, to_microseconds
from helpdesk.figures.contribution import TicketFacts
from helpdesk.figures.ledger import Ledger
from helpdesk.figures.reckoning import (
    NOTHING,
    Days,
    Move,
    Seconds,
    Source,
    facts_of,
    moved_on,
    seconds_in,
    seconds_of,
)
from helpdesk.models import BusinessCalendar, CalendarRevision, Ticket
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
        self._session.flush()
        rows, ledger = self._rows, Ledger()
        for source, old, zone in rows.tickets(ticket_id, ticket_id):
            if is_new:
                seconds: Seconds | None = NOTHING
            elif old is not None and not has_moved and old.status == source.status:
                seconds = seconds_in(old)
            elif old is None or source.reopens:
                seconds = _told(source, rows.moves(ticket_id, ticket_id))
            else:
                seconds = moved_on(old, source, at)
            _enter(rows, ledger, old, facts_of(source, Days(zone or self.zone()), _NEVER, seconds))
        rows.post(ledger)

    def add_avoided(self, day: int, tickets: int) -> None:
        """Count tickets that an article made needless, or fewer of them, on a day as it has them.

        The knowledge base counts days in UTC, and keeps no moment to count them by elsewhere.
        """
        self._rows.add_avoided(day, tickets)

    def take_over_avoided(self) -> None:
        """Count the tickets that articles made needless as the knowledge base has them."""
        self._rows.take_over_avoided()

    def last_ticket(self) -> int:
        """Return the number of the newest ticket, 0 where there is none."""
        return self._session.execute(select(func.coalesce(func.max(Ticket.id), 0))).scalar_one()

    def first_uncounted(self, after: int) -> int | None:
        """Return the next ticket that is not counted yet, or ``None``."""
        return self._rows.first_uncounted(after)

    def count_in(self, first: int, last: int) -> int:
        """Count the tickets of some ids that are not counted yet; return how many they were."""
        days, rows, ledger = Days(self.zone()), self._rows, Ledger()
        waiting = rows.tickets(first, last, uncounted=True)
        moves = rows.moves(first, last) if waiting else {}
        new = [facts_of(each.source, days, _NEVER, _told(each.source, moves)) for each in waiting]
        rows.add(new)
        for facts in new:
            ledger.change(None, facts)
        rows.post(ledger)
        return len(new)

    def recount(self, first: int, last: int) -> int:
        """Count the tickets of some ids anew; return how many count as something else now."""
        days, rows, ledger = Days(self.zone()), self._rows, Ledger()
        moves, changed = rows.moves(first, last), 0
        for source, old, _ in rows.tickets(first, last):
            new = facts_of(source, days, _NEVER, _told(source, moves))
            changed += old != new
            _enter(rows, ledger, old, new)
        rows.post(ledger)
        return changed

    @property
    def _rows(self) -> FigureRows:
        return FigureRows(SessionStatements(self._session.connection()))


def _told(source: Source, moves: Mapping[int, Sequence[Move]]) -> Seconds | None:
    """Return how long a ticket was in each status, where its history tells."""
    found = moves.get(source.ticket_id)
    return None if found is None else seconds_of(source.created_at, source.status, found)


def _enter(rows: FigureRows, ledger: Ledger, old: TicketFacts | None, new: TicketFacts) -> None:
    if old is None:
        rows.add((new,))
    elif old != new:
        rows.change(old, new)
    else:
        return
    ledger.change(old, new)
