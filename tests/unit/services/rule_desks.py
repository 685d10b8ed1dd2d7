# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules, clocks and a transaction to try rules with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.core.permissions import SYSTEM, Actor
from helpdesk.core.schemas.clocks import ClockKind, ClockState
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    Condition,
    Fact,
    Operator,
    RuleSettings,
    Trigger,
)
from helpdesk.database.types import NEVER
from helpdesk.models import Event, Notification, SlaClock, TicketSla
from helpdesk.models.event import EventKind
from helpdesk.services.rule_engine import RuleEngine
from helpdesk.services.session_registry import SessionRegistry
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import LOCAL, Context, Transacted, Work

ALICE, ERIN, BOB, FRANK, CHARLIE, DANA = 1, 2, 3, 4, 5, 6
"""The accounts, by the order of PEOPLE."""
TELL = Action(kind=ActionKind.NOTIFY, audiences=(Audience.MANAGERS,))


def asked(fact: Fact, operator: Operator, *values: object) -> Condition:
    """Return a condition."""
    return Condition(fact=fact, operator=operator, values=tuple(str(value) for value in values))


def rule(name: str, trigger: Trigger, *actions: Action, **settings: Any) -> RuleSettings:
    """Return a rule; without actions it tells the managers."""
    return RuleSettings.model_validate(
        {"name": name, "trigger": trigger, "actions": actions or (TELL,), **settings}
    )


def step(name: str, minutes: int, *actions: Action, **settings: Any) -> RuleSettings:
    """Return an escalation step of the resolution clock."""
    clocks = (ClockKind.RESOLUTION,)
    return rule(name, Trigger.DUE, *actions, clocks=clocks, offset_minutes=minutes, **settings)


@contextmanager
def working(desk: EmbeddedDesk, now: datetime, actor: Actor = SYSTEM) -> Iterator[Work]:
    """Yield what services work with, in a writing transaction of the program or of somebody."""
    context = Context(
        actor=actor,
        token=None,
        now=now,
        settings=desk.settings,
        registry=SessionRegistry(timedelta(hours=1)),
        read_only=False,
        place="",
        source=LOCAL,
    )

    def no_step(_writes: bool, _is_effect: bool) -> Any:
        raise AssertionError

    with desk.database.writing() as session:
        transacted = Transacted(session, actor)
        yield Work(context, transacted, no_step)
        transacted.finish(now)


def begin_clock(desk: EmbeddedDesk, ticket_id: int, begin: datetime, due: datetime) -> int:
    """Let a ticket have one clock, of its resolution, and return its number."""
    with desk.database.writing() as session:
        clock = session.execute(
            select(SlaClock).where(
                SlaClock.ticket_id == ticket_id, SlaClock.kind == ClockKind.RESOLUTION
            )
        ).scalar_one_or_none() or SlaClock(ticket_id=ticket_id, kind=ClockKind.RESOLUTION, round=1)
        clock.state, clock.target_seconds = ClockState.RUNNING, 1
        clock.started_at, clock.due_at, clock.next_step_at = begin, due, NEVER
        session.add(clock)
        if session.get(TicketSla, ticket_id) is None:
            session.add(TicketSla(ticket_id=ticket_id, next_due=due))
        session.flush()
        return clock.id


def sweep(desk: EmbeddedDesk, clock_id: int, now: datetime) -> list[str | None]:
    """Fire the steps of a clock whose moment has come, and return the names of the rules."""
    with working(desk, now) as work:
        clock = work.desk._session.get_one(SlaClock, clock_id)  # noqa: SLF001
        changes = TicketChanges(work, work.desk.tickets.get(clock.ticket_id))
        return [each.rule for each in RuleEngine(work).at_due(changes, clock)]


def ruled(desk: EmbeddedDesk, ticket_id: int) -> list[tuple[str | None, str | None, str | None]]:
    """Return what the history tells of rules: which, what set it off, what it did."""
    statement = (
        select(Event.field, Event.old, Event.new)
        .where(Event.ticket_id == ticket_id, Event.kind == EventKind.RULED)
        .order_by(Event.id)
    )
    with desk.database.reading() as session:
        return [(row[0], row[1], row[2]) for row in session.execute(statement)]


def told(desk: EmbeddedDesk, ticket_id: int) -> list[tuple[int, str, str, str]]:
    """Return who was told: whom, of what, what the title says of the ticket, and why."""
    statement = (
        select(Notification.person_id, Notification.happening, Notification.title, Notification.why)
        .where(Notification.ticket_id == ticket_id)
        .order_by(Notification.id)
    )
    with desk.database.reading() as session:
        return [
            (row[0], row[1].value, row[2].partition(": ")[2], row[3])
            for row in session.execute(statement)
        ]


def escalation_level(desk: EmbeddedDesk, ticket_id: int) -> int:
    """Return how often a ticket was escalated."""
    with desk.database.reading() as session:
        return session.get_one(TicketSla, ticket_id).escalation_level
