# SPDX-License-Identifier: GPL-3.0-or-later
"""A sweep costs as many statements for many clocks as for few, and lets others write between."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.clocks import ClockKind
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
from helpdesk.core.schemas.tickets import Assignment, NewTicket, Priority
from helpdesk.jobs.sla import keep_clocks
from helpdesk.models import Notification, Rule, RuleRun
from helpdesk.models.event import EventKind
from helpdesk.services import sweep
from helpdesk.services.ticket_changes import TicketChanges
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import statements
from tests.seated import seated

RAISE = Action(kind=ActionKind.RAISE_PRIORITY)
TELL = Action(kind=ActionKind.NOTIFY, audiences=(Audience.REQUESTER,), text="{number} is late")
FEW, MANY = 4, 24
"""Each is the work of the same people."""


@pytest.fixture
def people(sign_in: SignIn) -> dict[str, HelpDesk]:
    return {name: seated(sign_in, name) for name in ("alice", "erin", "charlie", "dana")}


@pytest.fixture
def desk(embedded: EmbeddedDesk, clock: SettableClock) -> EmbeddedDesk:
    """Return a desk that the job has seen to."""
    keep_clocks(embedded, clock.now)
    return embedded


def add_step(people: dict[str, HelpDesk], *actions: Action) -> None:
    """Add a step that asks and says more than those a desk begins with."""
    people["dana"].rules.add(
        RuleSettings(
            name="Late and dear",
            trigger=Trigger.DUE,
            clocks=(ClockKind.FIRST_RESPONSE,),
            offset_minutes=0,
            conditions=(Condition(fact=Fact.CATEGORY, operator=Operator.IS, values=("1",)),),
            actions=actions,
        )
    )


def open_some(people: dict[str, HelpDesk], count: int) -> list[int]:
    """Open tickets of two people, for two of the staff in turns."""
    found = []
    for number in range(count):
        asks = people["alice" if number % 2 else "erin"]
        ticket = asks.tickets.open(
            NewTicket(subject=f"Printer {number}", category_id=1, priority=Priority.LOW)
        )
        given = Assignment(assignee_id=3 + number % 2, version=ticket.version)
        people["charlie"].tickets.assign(ticket.id, given)
        found.append(ticket.id)
    return found


def test_more_that_is_due_takes_no_more_statements(
    desk: EmbeddedDesk,
    people: dict[str, HelpDesk],
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
):
    # However slow the machine is, it is one transaction.
    monkeypatch.setattr(sweep, "LONGEST_SECONDS", 600)
    add_step(people, TELL)
    keep_clocks(desk, clock.now)

    def cost_of(count: int) -> int:
        open_some(people, count)
        clock.forward(days=1)
        with statements() as sent:
            assert keep_clocks(desk, clock.now) == count
        with desk.database.reading() as session:
            fired = session.scalar(select(func.sum(Rule.fired)))
            assert fired == session.scalar(select(func.count()).select_from(RuleRun))
        # Later steps of these are no part of the next.
        clock.forward(days=30)
        while keep_clocks(desk, clock.now):
            pass
        return len(sent)

    assert cost_of(FEW) == cost_of(MANY)


def test_a_transaction_that_takes_long_leaves_some_for_the_next(
    desk: EmbeddedDesk,
    people: dict[str, HelpDesk],
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
):
    tickets = open_some(people, FEW)
    clock.forward(days=1)
    # Each clock has taken too long by then.
    monkeypatch.setattr(sweep, "LONGEST_SECONDS", -1)
    with statements() as sent:
        assert keep_clocks(desk, clock.now) == FEW
    due = [each for each in sent if each.startswith("UPDATE sla_clock")]
    assert len(due) == FEW
    for ticket in tickets:
        runs = [run.rule for run in people["charlie"].rules.of_ticket(ticket)]
        assert runs.count("Overdue: tell managers") == 1
    assert keep_clocks(desk, clock.now) == 0


def test_a_step_that_fails_half_way_leaves_neither_an_entry_nor_a_change(
    desk: EmbeddedDesk,
    people: dict[str, HelpDesk],
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
):
    add_step(people, RAISE, TELL)
    (ticket,) = open_some(people, 1)
    clock.forward(days=1)
    set_priority = TicketChanges.set_priority

    def half_way(self: TicketChanges, priority: Priority) -> None:
        set_priority(self, priority)
        raise ZeroDivisionError

    monkeypatch.setattr(TicketChanges, "set_priority", half_way)
    assert keep_clocks(desk, clock.now) == 1
    view = people["charlie"].tickets.view(ticket)
    assert view.priority is Priority.LOW
    assert [each.field for each in view.events if each.kind == EventKind.CHANGED] == [
        "status", "assignee",
    ]  # fmt: skip
    with desk.database.reading() as session:
        told = session.scalars(select(Notification.title).where(Notification.person_id <= 2))
        assert f"HD-{ticket} is late" in " ".join(told)
    assert "rule 'Late and dear' failed" in caplog.text
    caplog.clear()
