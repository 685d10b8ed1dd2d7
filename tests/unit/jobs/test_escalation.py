# SPDX-License-Identifier: GPL-3.0-or-later
"""No breach passes unnoticed, and no step is taken twice, whatever people do in between."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.core.schemas.notifications import Happening
from helpdesk.core.schemas.rules import Action, ActionKind, Audience, RuleSettings, Trigger
from helpdesk.core.schemas.sla import PolicyChange
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    Status,
    TicketChange,
    TicketView,
)
from helpdesk.jobs.sla import keep_clocks
from helpdesk.models import Event, Notification, RuleRun, SlaClock, SlaSegment, TicketSla
from helpdesk.models.event import EventKind
from tests.conftest import SettableClock, SignIn
from tests.seated import seated
from tests.unit.jobs.test_sla import forget

WARN, OVERDUE = "Warn before the due time", "Overdue: tell managers"
ESCALATE = "Overdue for four hours: escalate"
TELL = Action(kind=ActionKind.NOTIFY, audiences=(Audience.ADMINS,))
PARK = Action(kind=ActionKind.SET_STATUS, value=Status.AWAITING_CUSTOMER.value)


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return seated(sign_in, "alice")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return seated(sign_in, "bob")


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return seated(sign_in, "dana")


@pytest.fixture
def desk(embedded: EmbeddedDesk, clock: SettableClock) -> EmbeddedDesk:
    """Return a desk that the job has seen to."""
    keep_clocks(embedded, clock.now)
    return embedded


@pytest.fixture
def ticket(desk: EmbeddedDesk, alice: HelpDesk) -> TicketView:
    """Return a ticket that is to be answered in 8 hours and solved in 72."""
    return alice.tickets.open(NewTicket(subject="No tone"))


def say(desk: HelpDesk, ticket: TicketView, status: Status | None = None) -> TicketView:
    return desk.tickets.comment(ticket.id, NewComment(body="Hm.", status=status))


def change(desk: HelpDesk, ticket: TicketView, **fields: object) -> TicketView:
    version = desk.tickets.view(ticket.id).version
    wanted = TicketChange.model_validate({**fields, "version": version})
    return desk.tickets.change(ticket.id, wanted)


def step(dana: HelpDesk, name: str, minutes: int, *actions: Action) -> None:
    dana.rules.add(
        RuleSettings(
            name=name,
            trigger=Trigger.DUE,
            clocks=(ClockKind.FIRST_RESPONSE,),
            offset_minutes=minutes,
            actions=actions or (TELL,),
        )
    )


def without_rules(dana: HelpDesk) -> None:
    for rule in dana.rules.all():
        dana.rules.remove(rule.id)


def switch_policy(dana: HelpDesk, *, active: bool) -> None:
    (policy,) = dana.policies.all()
    dana.policies.change(
        policy.id,
        PolicyChange(
            name=policy.name,
            active=active,
            calendar_id=policy.calendar_id,
            targets=policy.targets,
            version=policy.version,
        ),
    )


def ruled(desk: EmbeddedDesk, ticket: TicketView) -> list[tuple[str | None, str | None]]:
    statement = (
        select(Event.field, Event.old)
        .where(Event.ticket_id == ticket.id, Event.kind == EventKind.RULED)
        .order_by(Event.id)
    )
    with desk.database.reading() as session:
        return [(row[0], row[1]) for row in session.execute(statement)]


def fired(desk: EmbeddedDesk, ticket: TicketView) -> list[str | None]:
    return [name for name, _ in ruled(desk, ticket)]


def told(desk: EmbeddedDesk, ticket: TicketView) -> set[Happening]:
    statement = select(Notification.happening).where(Notification.ticket_id == ticket.id)
    with desk.database.reading() as session:
        return set(session.scalars(statement))


# --- what nobody looked at in time ------------------------------------------------------------


def test_a_breach_that_is_paused_before_the_sweep_is_told_all_the_same(
    desk: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=9)
    change(bob, ticket, status=Status.AWAITING_CUSTOMER)
    was = ruled(desk, ticket)
    assert was == [
        ("Standard", "First response was due"),
        (WARN, "First response overdue by 1 hour"),
        (OVERDUE, "First response overdue by 1 hour"),
    ]
    assert Happening.OVERDUE in told(desk, ticket)
    clock.forward(hours=1)
    keep_clocks(desk, clock.now)
    say(alice, ticket)
    keep_clocks(desk, clock.now)
    assert ruled(desk, ticket) == was


def test_what_is_solved_too_late_is_told_and_left_solved(
    desk: EmbeddedDesk, dana: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    step(dana, "Park", 0, PARK)
    clock.forward(hours=13)
    change(bob, ticket, status=Status.RESOLVED)
    assert fired(desk, ticket) == ["Standard", WARN, OVERDUE, "Park", ESCALATE]
    view = bob.tickets.view(ticket.id)
    assert (view.status, view.priority) == (Status.RESOLVED, Priority.MEDIUM)
    assert keep_clocks(desk, clock.now) == 0


def test_a_clock_that_another_one_made_late_is_entered_as_well(
    desk: EmbeddedDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=25)
    # The first response raises the priority, by which a day is all there was to solve it.
    for _ in range(2):
        keep_clocks(desk, clock.now)
    assert ruled(desk, ticket).count(("Standard", "Resolution was due")) == 1
    assert fired(desk, ticket).count(OVERDUE) == 2


def test_a_policy_that_is_switched_off_hides_no_breach(
    desk: EmbeddedDesk, dana: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=9)
    switch_policy(dana, active=False)
    keep_clocks(desk, clock.now)
    assert fired(desk, ticket) == ["Standard", WARN, OVERDUE]
    assert Happening.OVERDUE in told(desk, ticket)


# --- each step once ---------------------------------------------------------------------------


def test_a_policy_that_is_switched_off_and_on_repeats_nothing(
    desk: EmbeddedDesk, dana: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=13)
    for _ in range(2):
        keep_clocks(desk, clock.now)
    was, before = ruled(desk, ticket), bob.tickets.view(ticket.id)
    for active in (False, True):
        switch_policy(dana, active=active)
        for _ in range(2):
            keep_clocks(desk, clock.now)
    assert ruled(desk, ticket) == was
    after = bob.tickets.view(ticket.id)
    assert (after.clock, after.first_response_due) == (before.clock, before.first_response_due)


def test_a_step_that_is_added_late_fires_at_its_moment(
    desk: EmbeddedDesk, alice: HelpDesk, dana: HelpDesk, clock: SettableClock
):
    without_rules(dana)
    ticket = alice.tickets.open(NewTicket(subject="No tone"))
    clock.forward(hours=13)
    keep_clocks(desk, clock.now)
    step(dana, "A day late", 24 * 60)
    keep_clocks(desk, clock.now)
    assert fired(desk, ticket) == ["Standard"]
    clock.forward(hours=19)
    for _ in range(2):
        keep_clocks(desk, clock.now)
    assert ruled(desk, ticket)[1:] == [("A day late", "First response overdue by 1 day")]


def test_a_step_that_pauses_the_clock_leaves_those_behind_it_for_later(
    desk: EmbeddedDesk, alice: HelpDesk, dana: HelpDesk, clock: SettableClock
):
    without_rules(dana)
    step(dana, "Park", 0, PARK)
    step(dana, "Tell", 0)
    ticket = alice.tickets.open(NewTicket(subject="No tone"))
    clock.forward(hours=8)
    keep_clocks(desk, clock.now)
    assert fired(desk, ticket) == ["Standard", "Park"]
    clock.forward(hours=3)
    say(alice, ticket)
    keep_clocks(desk, clock.now)
    assert ruled(desk, ticket)[2:] == [("Tell", "First response overdue by 3 hours")]
    assert told(desk, ticket) & {Happening.OVERDUE, Happening.DUE_SOON} == {Happening.OVERDUE}


def test_what_was_late_before_it_was_measured_stays_silent_after_a_pause(
    desk: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    forget(desk, RuleRun, SlaClock, SlaSegment, TicketSla)
    clock.forward(hours=73)
    keep_clocks(desk, clock.now)
    change(bob, ticket, status=Status.AWAITING_CUSTOMER)
    clock.forward(hours=1)
    say(alice, ticket)
    for _ in range(2):
        clock.forward(hours=4)
        keep_clocks(desk, clock.now)
    assert ruled(desk, ticket) == []
    # With more time it is in time again, and may be late once more.
    change(bob, ticket, priority=Priority.LOW)
    clock.forward(days=30)
    keep_clocks(desk, clock.now)
    assert OVERDUE in fired(desk, ticket)


@pytest.mark.parametrize(("pause", "times"), [(1, 1), (48, 2)])
def test_a_due_time_that_moved_on_is_warned_of_again(
    desk: EmbeddedDesk,
    alice: HelpDesk,
    bob: HelpDesk,
    ticket: TicketView,
    clock: SettableClock,
    pause: int,
    times: int,
):
    clock.forward(hours=7, minutes=40)
    keep_clocks(desk, clock.now)
    change(bob, ticket, status=Status.AWAITING_CUSTOMER)
    clock.forward(hours=pause)
    say(alice, ticket)
    for _ in range(2):
        clock.forward(minutes=10)
        keep_clocks(desk, clock.now)
    assert fired(desk, ticket).count(WARN) == times
    assert fired(desk, ticket).count(OVERDUE) == 1


def test_what_got_more_time_after_it_was_late_is_told_when_it_is_late_again(
    desk: EmbeddedDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=8)
    keep_clocks(desk, clock.now)
    change(bob, ticket, priority=Priority.LOW)
    clock.forward(hours=16)
    keep_clocks(desk, clock.now)
    clock.forward(hours=1)
    keep_clocks(desk, clock.now)
    assert fired(desk, ticket).count(OVERDUE) == 2
    assert ruled(desk, ticket).count(("Standard", "First response was due")) == 2
