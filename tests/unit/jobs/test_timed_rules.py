# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules by time: once until people change the ticket, a few hundred in a run, all in the end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.rules import Action, ActionKind, Fact, Operator, Trigger
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority, Source, Status
from helpdesk.database.types import NEVER
from helpdesk.jobs.rules import run_timed_rules
from helpdesk.models import Ticket
from helpdesk.services import timed_rules
from helpdesk.services.rule_engine import RuleEngine
from helpdesk.services.work import Change
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import statements
from tests.unit.services.rule_desks import ALICE, BOB, asked, rule, ruled, told

pytestmark = pytest.mark.desk_kinds("local-sqlite", "local-postgresql")

IS, AT_LEAST = Operator.IS, Operator.AT_LEAST
RAISE = Action(kind=ActionKind.RAISE_PRIORITY)
OLD = asked(Fact.HOURS_UNCHANGED, AT_LEAST, 4)


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return sign_in("alice")


@pytest.fixture
def run(embedded: EmbeddedDesk, clock: SettableClock) -> Callable[[], int]:
    """Return a function that runs the job as the program does."""
    return lambda: run_timed_rules(embedded, clock.now)


def test_a_rule_by_time_fires_once_until_people_change_the_ticket(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock,
    run: Callable[[], int],
):  # fmt: skip
    note = Action(kind=ActionKind.ADD_NOTE, text="Nobody has looked.")
    dana.rules.add(rule("Unchanged", Trigger.TIME, note, conditions=(OLD,)))
    ticket = alice.tickets.open(NewTicket(subject="No tone")).id
    closed = alice.tickets.open(NewTicket(subject="Never mind"))
    alice.tickets.close(closed.id, closed.version)
    assert run() == 0
    clock.forward(hours=4)
    heard: list[Change] = []
    embedded.executor.subscribe(heard.append)
    assert run() == 1
    assert Change("ticket", (ticket,)) in heard
    assert ruled(embedded, ticket) == [
        ("Unchanged", "It was looked at while it is open", "Added an internal note")
    ]
    clock.forward(hours=2)
    assert run() == 0, "its own note is no change by people"
    alice.tickets.comment(ticket, NewComment(body="Hello?"))
    assert run() == 0
    clock.forward(hours=4)
    assert (run(), run()) == (1, 0)
    assert ruled(embedded, closed.id) == []


def test_what_a_rule_by_time_changes_sets_off_others_and_people_are_told(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock,
    run: Callable[[], int],
):  # fmt: skip
    assign = Action(kind=ActionKind.ASSIGN_PERSON, target_id=BOB)
    unassigned = asked(Fact.ASSIGNEE, Operator.IS_EMPTY)
    dana.rules.add(rule("Give", Trigger.TIME, assign, conditions=(unassigned,)))
    given = asked(Fact.CHANGED_FIELD, IS, "assignee")
    dana.rules.add(rule("Then", Trigger.CHANGED, RAISE, conditions=(given,)))
    ticket = alice.tickets.open(NewTicket(subject="No tone")).id
    assert run() == 1
    view = dana.tickets.view(ticket)
    assert (view.status, view.priority) == (Status.OPEN, Priority.HIGH)
    assert [name for name, _, _ in ruled(embedded, ticket)] == ["Give", "Then"]
    assert "assigned" in [what for who, what, *_ in told(embedded, ticket) if who == BOB]


def test_all_conditions_are_checked_also_those_the_database_cannot_tell(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock,
    run: Callable[[], int],
):  # fmt: skip
    conditions = (
        asked(Fact.STATUS, IS, "new", "open"),
        asked(Fact.PRIORITY, Operator.IS_NOT, "low"),
        asked(Fact.CATEGORY, Operator.IS_NOT, 4),
        asked(Fact.TEAM, Operator.IS_EMPTY),
        asked(Fact.REQUESTER, IS, ALICE),
        asked(Fact.SOURCE, IS, "desktop"),
        asked(Fact.HOURS_OPEN, AT_LEAST, 1),
        asked(Fact.HOURS_IN_STATUS, AT_LEAST, 1),
        asked(Fact.REPLIES, IS, 0),
        asked(Fact.ESCALATION_LEVEL, Operator.LESS_THAN, 1),
        asked(Fact.TEXT, Operator.CONTAINS, "STRASSE"),
    )
    dana.rules.add(rule("All", Trigger.TIME, conditions=conditions))
    wanted = [
        alice.tickets.open(NewTicket.model_validate({"subject": "Straße", **fields})).id
        for fields in ({}, {"category_id": 3}, {"subject": "x", "description": "In der Straße."})
    ]
    for fields in ({"category_id": 4}, {"priority": "low"}, {"subject": "Weg"}, {"source": "api"}):
        alice.tickets.open(NewTicket.model_validate({"subject": "Straße", **fields}))
    clock.forward(hours=1)
    assert run() == len(wanted)
    assert [bool(ruled(embedded, ticket)) for ticket in wanted] == [True] * 3


def test_a_run_does_a_few_and_the_next_one_the_others(
    dana: HelpDesk, alice: HelpDesk, run: Callable[[], int], monkeypatch
):
    monkeypatch.setattr(timed_rules, "AT_ONCE", 2)
    matching = asked(Fact.SUBJECT, Operator.CONTAINS, "tone")
    dana.rules.add(rule("Tone", Trigger.TIME, conditions=(matching,)))
    # Those that never match keep none of the others waiting.
    for subject in ("Dark", "Dark", "Dark", "No tone", "No tone", "No tone"):
        alice.tickets.open(NewTicket(subject=subject))
    assert [run() for _ in range(3)] == [2, 1, 0]


def test_one_bad_ticket_does_not_stop_the_others(
    dana: HelpDesk, alice: HelpDesk, run: Callable[[], int], monkeypatch,
    caplog: pytest.LogCaptureFixture,
):  # fmt: skip
    dana.rules.add(rule("Any", Trigger.TIME))
    first, *_ = (alice.tickets.open(NewTicket(subject="No tone")).id for _ in range(3))
    sound = RuleEngine.at_time

    def spoilt(self, rule_id, ticket, once):
        if ticket.id == first:
            raise ZeroDivisionError
        return sound(self, rule_id, ticket, once)

    monkeypatch.setattr(RuleEngine, "at_time", spoilt)
    assert run() == 2
    assert f"no rule fired on ticket {first}" in caplog.text


def test_looking_costs_a_statement_for_each_rule_however_many_tickets_are_open(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock,
    run: Callable[[], int],
):  # fmt: skip
    with embedded.database.writing() as session:
        row = {
            "status": Status.OPEN, "priority": Priority.HIGH, "requester_id": ALICE,
            "created_at": clock.now, "updated_at": clock.now, "source": Source.DESKTOP,
            "subject": "No tone", "description": "", "first_response_due": NEVER,
            "resolution_due": NEVER,
        }  # fmt: skip
        session.execute(insert(Ticket), [row] * 2000)
    for number in range(2):
        dana.rules.add(rule(f"Old {number}", Trigger.TIME, conditions=(OLD,)))
    with statements() as sent:
        assert run() == 0
    assert len(sent) == 1 + 2
    with embedded.database.writing() as session:
        long_ago = clock.now - timedelta(hours=5)
        session.execute(update(Ticket).where(Ticket.id <= 3).values(updated_at=long_ago))
    assert (run(), run()) == (6, 0)
