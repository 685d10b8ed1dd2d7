# SPDX-License-Identifier: GPL-3.0-or-later
"""A replay of kept histories tells what the clocks of living tickets tell."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.schemas.clocks import ClockKind, ClockState
from helpdesk.core.schemas.sla import CalendarSettings, PolicySettings, Slot, Target
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    Reopening,
    Status,
    TicketChange,
)
from helpdesk.database.types import NEVER
from helpdesk.models import SlaClock
from helpdesk.repositories.policies import PolicyRepository
from helpdesk.repositories.ticket_histories import TicketHistories
from helpdesk.services.what_if import TriedPolicy, histories_of, measuring_of
from helpdesk.sla.calendar import working_calendar
from helpdesk.sla.replay import Fate, Outcome, replay
from tests.conftest import SettableClock, SignIn
from tests.matrix import LOCAL_SQLITE

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE)

SEED, TICKETS, STEPS = 7, 10, 10
OFFICE = CalendarSettings(
    name="Office",
    time_zone="Europe/Berlin",
    slots=tuple(Slot(day=day, begin=480, end=1080) for day in range(5)),
)
ALWAYS = CalendarSettings(
    name="Always", time_zone="UTC", slots=tuple(Slot(day=d, begin=0, end=1440) for d in range(7))
)


def set_up(dana: HelpDesk) -> None:
    """Give the desk policies that leave something to each other, and something to nobody."""
    for policy in dana.policies.all():
        dana.policies.remove(policy.id)
    office, always = (dana.calendars.add(each).id for each in (OFFICE, ALWAYS))
    usual = tuple(
        Target(priority=each, first_response=60, next_response=45, resolution=300)
        for each in (Priority.LOW, Priority.MEDIUM)
    )
    high = Target(priority=Priority.HIGH, resolution=90)
    urgent = Target(priority=Priority.URGENT, first_response=10, next_response=20, resolution=120)
    dana.policies.add(PolicySettings(name="All", calendar_id=office, targets=usual))
    dana.policies.add(PolicySettings(name="Fast", calendar_id=always, targets=(high, urgent)))
    some = PolicySettings(name="Some", calendar_id=always, targets=usual, category_ids=(2,))
    dana.policies.add(some)


def live(through: list[HelpDesk], clock: SettableClock, dice: random.Random) -> None:
    """Let tickets go through whatever comes, on different days and at different hours."""
    alice, bob = through
    ids = [alice.tickets.open(NewTicket(subject="x", category_id=1)).id for _ in range(TICKETS)]
    for _ in range(STEPS):
        for ticket_id in ids:
            clock.forward(seconds=dice.randint(1, 900))
            # Not everything can be done to every ticket.
            with suppress(Invalid, Conflict):
                do_something(alice, bob, ticket_id, dice)


def do_something(alice: HelpDesk, bob: HelpDesk, ticket_id: int, dice: random.Random) -> None:
    version = bob.tickets.view(ticket_id).version
    body, status = NewComment(body="Hm."), dice.choice(list(Status))
    deeds = (
        lambda: alice.tickets.comment(ticket_id, body),
        lambda: bob.tickets.comment(ticket_id, body.model_copy(update={"status": status})),
        lambda: bob.tickets.comment(ticket_id, body),
        lambda: bob.tickets.comment(ticket_id, body.model_copy(update={"internal": True})),
        lambda: bob.tickets.change(ticket_id, TicketChange(status=status, version=version)),
        lambda: bob.tickets.change(
            ticket_id, TicketChange(priority=dice.choice(list(Priority)), version=version)
        ),
        lambda: bob.tickets.change(
            ticket_id, TicketChange(category_id=dice.choice((1, 2)), version=version)
        ),
        lambda: alice.tickets.reopen(ticket_id, Reopening(reason=dice.choice(("", "Still.")))),
        lambda: alice.tickets.close(ticket_id, version),
    )
    dice.choice(deeds)()


def lived(clock: SlaClock, now: datetime) -> Outcome:
    """Return what a living clock says by now."""
    due = None if clock.due_at == NEVER else clock.due_at
    is_late = clock.stopped_at is None and due is not None and due <= now
    if clock.state is ClockState.MISSED or clock.missed_at is not None or is_late:
        return Outcome(Fate.MISSED, clock.missed_at or due)
    return Outcome(Fate.MET if clock.state is ClockState.MET else Fate.UNDECIDED, due)


def test_a_replay_tells_what_the_clocks_of_living_tickets_tell(
    embedded: EmbeddedDesk, clock: SettableClock, sign_in: SignIn
):
    set_up(sign_in("dana"))
    dice, began = random.Random(SEED), clock.now  # noqa: S311
    live([sign_in("alice"), sign_in("bob")], clock, dice)
    now = clock.now
    with embedded.database.reading() as session:
        rules = tuple(
            TriedPolicy(
                each.id, each.settings, working_calendar(each.calendar_settings, each.feed_days)
            )
            for each in PolicyRepository(session).in_force()
        )
        past = TicketHistories(session, [rule.settings for rule in rules], began, 100)
        tickets = past.tickets()
        histories = histories_of(tickets, past)
        clocks = session.execute(select(SlaClock).order_by(SlaClock.id)).scalars().all()
        found: dict[int, dict[tuple[ClockKind, datetime], Outcome]] = {}
        for each in clocks:
            key = (each.kind, each.started_at)
            found.setdefault(each.ticket_id, {})[key] = lived(each, now)
    assert len(tickets) == TICKETS
    decided = 0
    for ticket in tickets:
        told = replay(histories[ticket.id], measuring_of(rules), now)
        assert told.keys() == found[ticket.id].keys()
        for key, outcome in told.items():
            was = found[ticket.id][key]
            assert outcome.fate is was.fate, (ticket.id, key)
            if outcome.fate is not Fate.UNDECIDED:
                assert outcome.due == was.due, (ticket.id, key)
                decided += 1
    assert decided > 2 * TICKETS
    assert now - began > timedelta(hours=12)
