# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes how long the staff works on tickets."""

from __future__ import annotations

from sqlalchemy import case, func, select

from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.time_entries import SHOWN, PersonTime, TimeEntryView
from helpdesk.core.schemas.users import PersonRef
from helpdesk.models import Ticket, TimeEntry, User
from helpdesk.repositories.readable import readable
from helpdesk.repositories.ticket_rows import TicketRows

_entry, _user = TimeEntry.__table__.c, User.__table__.c
_ticket = Ticket.__table__.c


class TimeEntryRepository(TicketRows[TimeEntry]):
    """The time on tickets; whoever asks has looked whether the ticket may be seen."""

    kind = TimeEntry

    def of_ticket(self, ticket_id: int, actor: Actor) -> tuple[TimeEntryView, ...]:
        """Return the newest entries of a ticket, those that began last first."""
        statement = (
            select(TimeEntry, _user.full_name)
            .join(User.__table__, _user.id == _entry.person_id)
            .where(_entry.ticket_id == ticket_id)
            .order_by(_entry.started_at.desc(), _entry.id.desc())
            .limit(SHOWN)
        )
        may_change = actor.may(Permission.ASSIGN_TICKET)
        return tuple(
            TimeEntryView(
                id=entry.id,
                person=PersonRef(id=entry.person_id, full_name=name),
                started_at=entry.started_at,
                ended_at=entry.ended_at,
                seconds=entry.seconds,
                note=entry.note,
                may_change=entry.ended_at is not None
                and (may_change or entry.person_id == actor.id),
            )
            for entry, name in self._session.execute(statement)
        )

    def sums(self, ticket_id: int) -> tuple[PersonTime, ...]:
        """Return how long each person worked on a ticket, who worked longest first."""
        total = func.sum(_entry.seconds)
        statement = (
            select(_entry.person_id, _user.full_name, total)
            .join(User.__table__, _user.id == _entry.person_id)
            .where(_entry.ticket_id == ticket_id, _entry.ended_at.is_not(None))
            .group_by(_entry.person_id, _user.full_name)
            .order_by(total.desc(), _entry.person_id)
        )
        return tuple(
            PersonTime(person=PersonRef(id=id_, full_name=name), seconds=int(seconds))
            for id_, name, seconds in self._session.execute(statement)
        )

    def running(self, person_id: int, actor: Actor) -> tuple[TimeEntry, str] | None:
        """Return the entry of somebody that runs still, and the subject of its ticket.

        That is empty where who asks may not read the ticket.
        """
        subject = case((readable(actor), _ticket.subject), else_="")
        statement = (
            select(TimeEntry, subject)
            .join(Ticket.__table__, _ticket.id == _entry.ticket_id)
            .where(_entry.person_id == person_id, _entry.ended_at.is_(None))
        )
        row = self._session.execute(statement).first()
        return None if row is None else (row[0], row[1])

    def add(self, entry: TimeEntry) -> TimeEntry:
        """Store an entry and give it its number."""
        self._session.add(entry)
        self._session.flush()
        return entry
