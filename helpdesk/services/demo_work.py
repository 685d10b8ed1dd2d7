# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives a demo desk fields of its own, checklists, time, snoozes and recurring tickets.

Few tickets have them: Bob's newest open ones, so that a desk of a million is filled as fast.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.core.permissions import Actor
from helpdesk.core.recurrence import dates
from helpdesk.core.schemas.tickets import CategoryView, Status
from helpdesk.database.db_manager import DbManager
from helpdesk.database.search import search_of
from helpdesk.demo.work import CHECKLISTS, FIELDS, NOTES, RECURRENCES, DemoRecurrence
from helpdesk.models import (
    CustomField,
    Recurrence,
    Snooze,
    Ticket,
    TicketField,
    TicketTask,
    TimeEntry,
)

_ZONE = "Europe/Paris"
_MORNING = 9
_TICKETS, _SNOOZED = 12, 2
_BEGUN = (Status.OPEN, Status.IN_PROGRESS, Status.AWAITING_CUSTOMER)


def write_demo_work(
    database: DbManager,
    categories: Iterable[CategoryView],
    known: Mapping[str, Actor],
    now: datetime,
) -> None:
    """Write it all in one transaction."""
    ids = {each.name: each.id for each in categories}
    with database.writing() as session:
        fields = _fields(ids)
        session.add_all(fields)
        session.add_all(_recurrence(each, ids, known, now) for each in RECURRENCES)
        session.flush()
        tickets = _tickets(session, known["bob"])
        _fill(session, fields, tickets)
        session.flush()
        ids_filled = [each.id for each in tickets]
        search_of(session).index_around(session, ids_filled)
        search_of(session).index_notes(session, ids_filled)
        seen, hidden = tickets[:-_SNOOZED], tickets[-_SNOOZED:]
        _add_tasks(session, seen, known["bob"])
        _add_time(session, seen, known)
        _snooze(session, hidden, known["bob"], now)


def _tickets(session: Session, bob: Actor) -> Sequence[Ticket]:
    of_bob = select(Ticket).where(Ticket.assignee_id == bob.id, Ticket.status.in_(_BEGUN))
    return session.scalars(of_bob.order_by(Ticket.id.desc()).limit(_TICKETS)).all()


def _fields(ids: Mapping[str, int]) -> list[CustomField]:
    return [
        CustomField(
            key=demo.key,
            name=demo.name,
            help=demo.help,
            kind=demo.kind,
            options=json.dumps(demo.values if demo.kind.value == "choice" else ()),
            category_ids=json.dumps(sorted(ids[name] for name in demo.categories if name in ids)),
            required=False,
            staff_only=demo.staff_only,
            position=position,
            active=True,
            version=1,
        )
        for position, demo in enumerate(FIELDS, start=1)
    ]


def _fill(session: Session, fields: Sequence[CustomField], tickets: Iterable[Ticket]) -> None:
    """Give tickets what is asked for in their categories; what all are asked for, to one."""
    values = [cycle(demo.values) for demo in FIELDS]
    for at, ticket in enumerate(tickets):
        for field, value in zip(fields, values, strict=True):
            asked = json.loads(field.category_ids)
            if ticket.category_id in asked or (not asked and at == 0):
                held = TicketField(ticket_id=ticket.id, field_id=field.id, value=next(value))
                session.add(held)


def _add_tasks(session: Session, tickets: Iterable[Ticket], bob: Actor) -> None:
    for at, (ticket, texts) in enumerate(zip(tickets, cycle(CHECKLISTS), strict=False)):
        for position, text in enumerate(texts, start=1):
            done = position <= at % len(texts)
            session.add(
                TicketTask(
                    ticket_id=ticket.id,
                    position=position,
                    text=text,
                    done_at=ticket.updated_at if done else None,
                    done_by_id=bob.id if done else None,
                )
            )


def _add_time(session: Session, tickets: Sequence[Ticket], known: Mapping[str, Actor]) -> None:
    """Let Bob have worked on each, and Charlie on some, before what was said last."""
    notes = cycle(NOTES)
    for at, ticket in enumerate(tickets):
        for person in ("bob", "charlie")[: 1 + at % 2]:
            note, minutes = next(notes)
            seconds = min(
                minutes * 60, int((ticket.updated_at - ticket.created_at).total_seconds())
            )
            if seconds <= 0:
                continue
            session.add(
                TimeEntry(
                    ticket_id=ticket.id,
                    person_id=known[person].id,
                    started_at=ticket.updated_at - timedelta(seconds=seconds),
                    ended_at=ticket.updated_at,
                    seconds=seconds,
                    note=note,
                )
            )


def _snooze(session: Session, tickets: Iterable[Ticket], bob: Actor, now: datetime) -> None:
    """Put the first out of sight for three days, and the others for a week or until a reply."""
    morning = _at(now, _MORNING)
    for days, ticket in zip((3, 7), tickets, strict=False):
        session.add(
            Snooze(
                ticket_id=ticket.id,
                until=morning + timedelta(days=days),
                until_reply=days != 3,
                by_id=bob.id,
                at=max(ticket.updated_at, ticket.created_at),
            )
        )


def _recurrence(
    demo: DemoRecurrence, ids: Mapping[str, int], known: Mapping[str, Actor], now: datetime
) -> Recurrence:
    starts_at = _at(now, demo.hour)
    return Recurrence(
        name=demo.name,
        subject=demo.subject,
        description=demo.description,
        category_id=ids.get(demo.category),
        priority=demo.priority,
        requester_id=known["charlie"].id,
        assignee_id=known["bob"].id,
        team_id=None,
        tags=json.dumps(demo.tags),
        tasks=json.dumps(demo.tasks),
        rule=demo.rule,
        time_zone=_ZONE,
        starts_at=starts_at,
        next_at=next(dates(demo.rule, _ZONE, starts_at, now), None),
        active=True,
        version=1,
    )


def _at(now: datetime, hour: int) -> datetime:
    """Return an hour of today's by the clock of the office."""
    here = now.astimezone(ZoneInfo(_ZONE))
    return here.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(now.tzinfo)
