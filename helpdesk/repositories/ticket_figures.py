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

    def mark(self) -> Mapping[int, tuple[bool, bool]]:
        """Return what waits to be counted, for ``drop_from``."""
        return dict(self._waiting)

    def drop_from(self, mark: Mapping[int, tuple[bool, bool]]) -> None:
        """Let wait what did then."""
        self._waiting = dict(mark)

    def write(self, at: int) -> None:
        """Write what the tickets count as that have changed, with all sums at once."""
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        rows = self._rows
        found = rows.tickets_among(tuple(waiting))
        days = Days((found[0].zone if found else None) or self.zone())
        pairs = []
        for source, old, _ in found:
            if old is None and not waiting[source.ticket_id][0]:
                # What was never counted is left to the job, which reads histories many at a time.
                continue
            seconds = self._seconds(source, old, waiting[source.ticket_id][1], at)
            pairs.append((old, facts_of(source, days, _NEVER, seconds)))
        _enter(rows, pairs)

    def _seconds(
        self, source: Source, old: TicketFacts | None, has_moved: bool, at: int
    ) -> Seconds | None:
        """Return how long a ticket has been in its statuses."""
        if old is None:
            return NOTHING
        if not has_moved and old.status == source.status:
            return seconds_in(old)
        return self._history(source) if source.came_back else moved_on(old, source, at)

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
        days, rows = Days(self.zone()), self._rows
        waiting = rows.tickets(first, last, uncounted=True)
        moves = rows.moves(first, last) if waiting else {}
        new = [facts_of(each.source, days, _NEVER, _told(each.source, moves)) for each in waiting]
        return _enter(rows, [(None, facts) for facts in new])

    def recount(self, first: int, last: int) -> int:
        """Count the tickets of some ids anew; return how many count as something else now."""
        days, rows = Days(self.zone()), self._rows
        moves, pairs = rows.moves(first, last), []
        for source, old, _ in rows.tickets(first, last):
            pairs.append((old, facts_of(source, days, _NEVER, _told(source, moves))))
        return _enter(rows, pairs)

    def take_off(self, ticket_ids: Sequence[int]) -> None:
        """Let tickets that are taken out of the desk count as nothing, and forget what they did."""
        rows, ledger = self._rows, Ledger()
        for ticket_id in ticket_ids:
            self._waiting.pop(ticket_id, None)
        for _, old, _ in rows.tickets_among(tuple(ticket_ids)):
            ledger.change(old, None)
        rows.post(ledger)

    @property
    def _rows(self) -> FigureRows:
        return FigureRows(SessionStatements(self._session.connection()))

    def _history(self, source: Source) -> Seconds | None:
        return _told(source, self._rows.moves(source.ticket_id, source.ticket_id))


def _told(source: Source, moves: Mapping[int, Sequence[Move]]) -> Seconds | None:
    """Return how long a ticket was in each status, where its history tells."""
    found = moves.get(source.ticket_id)
    return None if found is None else seconds_of(source.created_at, source.status, found)


def _enter(rows: FigureRows, pairs: Sequence[tuple[TicketFacts | None, TicketFacts]]) -> int:
    """Let tickets count as something else than before; return of how many that is so."""
    ledger = Ledger()
    changed = [(old, new) for old, new in pairs if old != new]
    for old, new in changed:
        ledger.change(old, new)
    rows.add([new for old, new in changed if old is None])
    rows.change([(old, new) for old, new in changed if old is not None])
    rows.post(ledger)
    return len(changed)
