# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule engine: what sets rules off, once each, never in a loop, never to anybody's harm."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import DiskFull
from helpdesk.core.schemas.clocks import ClockKind, ClockState
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Fact,
    Operator,
    RuleChange,
    RunOutcome,
    RunQuery,
    Trigger,
)
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority, Status, TicketChange
from helpdesk.database.types import NEVER
from helpdesk.models import Rule, SlaClock
from helpdesk.services.notifying import Notifying
from helpdesk.services.rule_engine import MOST_FIRINGS, RuleEngine
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import dump, statements
from tests.unit.services.rule_desks import (
    TELL,
    asked,
    begin_clock,
    escalation_level,
    rule,
    ruled,
    step,
    sweep,
    working,
)

pytestmark = pytest.mark.desk_kinds("local-sqlite", "local-postgresql")

HIGH, URGENT = (
    Action(kind=ActionKind.SET_PRIORITY, value="high"),
    Action(kind=ActionKind.SET_PRIORITY, value="urgent"),
)
RAISE = Action(kind=ActionKind.RAISE_PRIORITY)
OPEN = Action(kind=ActionKind.SET_STATUS, value="open")
NOTE = Action(kind=ActionKind.ADD_NOTE, text="Seen by {assignee}.")


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return sign_in("alice")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return sign_in("bob")


def open_one(alice: HelpDesk, **fields: object) -> int:
    return alice.tickets.open(NewTicket.model_validate({"subject": "No tone", **fields})).id


def set_priority(bob: HelpDesk, ticket_id: int, priority: Priority) -> None:
    version = bob.tickets.view(ticket_id).version
    bob.tickets.change(ticket_id, TicketChange(priority=priority, version=version))


# --- created and changed ------------------------------------------------------------------------


def test_a_new_ticket_sets_off_what_matches_in_the_order_of_the_rules(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    is_medium = asked(Fact.PRIORITY, Operator.IS, "medium")
    dana.rules.add(rule("First", Trigger.CREATED, HIGH, conditions=(is_medium,)))
    dana.rules.add(rule("Too late", Trigger.CREATED, OPEN, conditions=(is_medium,)))
    dana.rules.add(rule("Third", Trigger.CREATED, RAISE))
    dana.rules.add(rule("Off", Trigger.CREATED, OPEN, active=False))
    dana.rules.add(rule("Of changes", Trigger.CHANGED, OPEN,
                        conditions=(asked(Fact.CHANGED_BY, Operator.IS, "staff"),)))  # fmt: skip
    view = dana.tickets.view(open_one(alice))
    assert (view.priority, view.status) == (Priority.URGENT, Status.NEW)
    assert ruled(embedded, view.id) == [
        ("First", "The ticket was created", "Priority changed from Medium to High"),
        ("Third", "The ticket was created", "Priority changed from High to Urgent"),
    ]
    assert [(e.kind, e.actor) for e in view.events if e.kind != "created"] == [
        ("ruled", None), ("changed", None), ("ruled", None), ("changed", None),
    ]  # fmt: skip
    mine = alice.tickets.view(view.id)
    assert [e.kind for e in mine.events] == ["changed", "changed", "created"]
    fired = {each.name: (each.fired, each.last_fired_at) for each in dana.rules.all()}
    assert fired["First"] == (1, view.created_at)
    assert fired["Too late"] == (0, None)


def test_what_a_rule_changed_may_set_off_others_and_counts_as_a_change_by_a_rule(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    dana.rules.add(rule("Raise", Trigger.CREATED, URGENT))
    by_rule = asked(Fact.CHANGED_BY, Operator.IS, "rule")
    priority = asked(Fact.CHANGED_FIELD, Operator.IS, "priority")
    dana.rules.add(rule("Then", Trigger.CHANGED, OPEN, conditions=(by_rule, priority)))
    view = dana.tickets.view(open_one(alice))
    assert view.status is Status.OPEN
    assert [(name, why) for name, why, _ in ruled(embedded, view.id)] == [
        ("Raise", "The ticket was created"),
        ("Then", "Priority was changed"),
    ]


def test_a_run_says_condition_by_condition_why_it_fired(
    dana: HelpDesk, alice: HelpDesk, bob: HelpDesk
):
    dana.rules.add(
        rule("Why", Trigger.CHANGED, NOTE, OPEN,
             conditions=(asked(Fact.CATEGORY, Operator.IS, 3),
                         asked(Fact.CHANGED_FIELD, Operator.IS, "comment")),
             any_conditions=(asked(Fact.PRIORITY, Operator.IS, "low"),
                             asked(Fact.REQUESTER, Operator.IS, 1)))
    )  # fmt: skip
    ticket = open_one(alice, category_id=3)
    alice.tickets.comment(ticket, NewComment(body="Still."))
    (run,) = bob.rules.of_ticket(ticket)
    assert (run.rule, run.trigger, run.outcome) == ("Why", "A comment was added", RunOutcome.FIRED)
    assert [(c.words, c.found, c.held) for c in run.checked] == [
        ("Category is Network", "Network", True),
        ("A comment was added", "Comment", True),
        ("Priority is Low", "Medium", False),
        ("Requester is Alice Moreau", "Alice Moreau", True),
    ]
    assert [d.words for d in run.done] == ["Added an internal note", "Status changed from New to "
                                           "Open"]  # fmt: skip
    note = bob.tickets.view(ticket).comments[-1]
    assert (note.body, note.internal, note.automatic) == ("Seen by nobody.", True, True)
    assert all(comment.body != note.body for comment in alice.tickets.view(ticket).comments)
    assert dana.rules.runs(RunQuery(rule_id=run.rule_id)).items == (run,)


def test_a_change_that_only_staff_may_know_of_leaves_the_version_alone(
    dana: HelpDesk, alice: HelpDesk
):
    dana.rules.add(rule("Note", Trigger.CREATED, NOTE))
    assert dana.tickets.view(open_one(alice)).version == 1
    dana.rules.add(rule("Open", Trigger.CREATED, OPEN))
    assert dana.tickets.view(open_one(alice)).version == 2


def test_facts_that_stand_in_the_history_are_read_as_they_are_now(
    dana: HelpDesk, alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    reopened = asked(Fact.REOPENED, Operator.AT_LEAST, 1)
    dana.rules.add(rule("Again", Trigger.CHANGED, conditions=(reopened,)))
    long = asked(Fact.HOURS_IN_STATUS, Operator.AT_LEAST, 3)
    dana.rules.add(rule("Long", Trigger.CHANGED, conditions=(long,)))
    ticket = open_one(alice)
    version = bob.tickets.view(ticket).version
    bob.tickets.change(ticket, TicketChange(status=Status.RESOLVED, version=version))
    assert ruled(embedded, ticket) == []
    clock.forward(hours=4)
    alice.tickets.comment(ticket, NewComment(body="Not at all."))
    assert [name for name, _, _ in ruled(embedded, ticket)] == ["Again"]
    clock.forward(hours=3)
    set_priority(bob, ticket, Priority.LOW)
    assert [name for name, _, _ in ruled(embedded, ticket)] == ["Again", "Again", "Long"]


# --- the loop guard -----------------------------------------------------------------------------


def test_rules_that_set_each_other_off_come_to_an_end(
    dana: HelpDesk, alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk
):
    for one, other in (("low", "high"), ("high", "low")):
        dana.rules.add(
            rule(f"From {one}", Trigger.CHANGED, Action(kind=ActionKind.SET_PRIORITY, value=other),
                 conditions=(asked(Fact.PRIORITY, Operator.IS, one),))
        )  # fmt: skip
    ticket = open_one(alice)
    set_priority(bob, ticket, Priority.LOW)
    assert [name for name, _, _ in ruled(embedded, ticket)] == ["From low", "From high"]
    assert bob.tickets.view(ticket).priority is Priority.LOW


def test_after_ten_firings_the_rest_is_stopped_and_it_is_told(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, caplog: pytest.LogCaptureFixture
):
    for number in range(MOST_FIRINGS + 2):
        dana.rules.add(rule(f"Note {number}", Trigger.CREATED, NOTE))
    ticket = open_one(alice)
    assert len(ruled(embedded, ticket)) == MOST_FIRINGS
    runs = dana.rules.of_ticket(ticket)
    assert [run.outcome for run in runs].count(RunOutcome.FIRED) == MOST_FIRINGS
    assert (runs[0].rule, runs[0].outcome) == (f"Note {MOST_FIRINGS}", RunOutcome.STOPPED)
    assert f"the rules on ticket {ticket} were stopped after 10 had fired" in caplog.text


# --- what fails ---------------------------------------------------------------------------------


def test_an_action_that_fails_says_why_and_the_others_go_on(
    dana: HelpDesk, alice: HelpDesk, bob: HelpDesk
):
    # A closed ticket takes no assignee.
    assign = Action(kind=ActionKind.ASSIGN_PERSON, target_id=3)
    dana.rules.add(rule("After", Trigger.CHANGED, assign, NOTE))
    ticket = open_one(alice)
    version = bob.tickets.view(ticket).version
    view = bob.tickets.change(ticket, TicketChange(status=Status.CLOSED, version=version))
    assert (view.status, view.assignee) == (Status.CLOSED, None)
    (run,) = bob.rules.of_ticket(ticket)
    assert run.outcome is RunOutcome.FAILED
    assert [(d.words, d.failed) for d in run.done] == [
        (f"HD-{ticket} is Closed; reopen it first.", True),
        ("Added an internal note", False),
    ]


def test_a_fault_in_the_program_undoes_that_action_alone(
    dana: HelpDesk, alice: HelpDesk, monkeypatch, caplog: pytest.LogCaptureFixture
):
    def half_way(self: Notifying, ticket, *_: object, **__: object) -> list[str]:
        ticket.subject = "Spoilt"
        raise ZeroDivisionError

    monkeypatch.setattr(Notifying, "tell_of", half_way)
    dana.rules.add(rule("Broken", Trigger.CREATED, RAISE, TELL, OPEN))
    view = dana.tickets.view(open_one(alice))
    assert (view.subject, view.priority, view.status) == ("No tone", Priority.HIGH, Status.OPEN)
    (run,) = dana.rules.of_ticket(view.id)
    assert [deed.failed for deed in run.done] == [False, True, False]
    assert "rule 'Broken' failed on ticket" in caplog.text


def test_a_fault_of_the_database_ends_the_call(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, monkeypatch
):
    def full(*_: object, **__: object) -> list[str]:
        raise DiskFull("The disk is full.")

    monkeypatch.setattr(Notifying, "tell_of", full)
    dana.rules.add(rule("Tell", Trigger.CREATED))
    before = dump(embedded.database)
    with pytest.raises(DiskFull):
        alice.tickets.open(NewTicket(subject="No tone"))
    assert dump(embedded.database) == before


def test_a_rule_that_cannot_be_read_is_left_out(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, caplog: pytest.LogCaptureFixture
):
    broken = dana.rules.add(rule("Broken", Trigger.CREATED, URGENT))
    dana.rules.add(rule("Sound", Trigger.CREATED, HIGH))
    with embedded.database.writing() as session:
        session.execute(update(Rule).where(Rule.id == broken.id).values(settings='{"odd": 1}'))
    assert dana.tickets.view(open_one(alice)).priority is Priority.HIGH
    assert [each.name for each in dana.rules.all()] == ["Sound"]
    assert f"rule {broken.id} cannot be read" in caplog.text


# --- escalation steps ---------------------------------------------------------------------------


def test_each_step_of_a_clock_fires_once_at_its_moment(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    dana.rules.add(step("Overdue", 0))
    dana.rules.add(step("Warn", -30))
    dana.rules.add(step("Late", 60))
    ticket = open_one(alice)
    due = clock.now + timedelta(hours=2)
    number = begin_clock(embedded, ticket, clock.now, due)
    with working(embedded, clock.now) as work:
        assert RuleEngine(work).due_offsets() == {ClockKind.RESOLUTION: (-30, 0, 60)}
    fired = {
        minutes: sweep(embedded, number, due + timedelta(minutes=minutes))
        for minutes in (-31, -30, -1, 0, 59, 60, 6000)
    }
    assert {minutes: names for minutes, names in fired.items() if names} == {
        -30: ["Warn"], 0: ["Overdue"], 60: ["Late"],
    }  # fmt: skip
    assert [why for _, why, _ in ruled(embedded, ticket)] == [
        "Resolution due in 30 minutes", "Resolution overdue", "Resolution overdue by 1 hour",
    ]  # fmt: skip
    assert escalation_level(embedded, ticket) == 2, "warnings before the time do not escalate"


def test_with_the_clock_set_back_or_far_ahead_no_step_fires_twice(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    dana.rules.add(step("Warn", -30))
    dana.rules.add(step("Overdue", 0))
    due = clock.now + timedelta(hours=2)
    number = begin_clock(embedded, open_one(alice), clock.now, due)
    assert sweep(embedded, number, due + timedelta(days=3653)) == ["Warn", "Overdue"]
    assert sweep(embedded, number, due - timedelta(hours=1)) == []
    assert sweep(embedded, number, due + timedelta(days=1)) == []


def test_a_changed_rule_does_not_fire_again_and_a_step_that_did_not_match_is_over(
    dana: HelpDesk, alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    low = asked(Fact.PRIORITY, Operator.IS, "low")
    only_low = dana.rules.add(step("Only low", 0, conditions=(low,)))
    warn = dana.rules.add(step("Warn", -30))
    ticket = open_one(alice)
    due = clock.now + timedelta(hours=2)
    number = begin_clock(embedded, ticket, clock.now, due)
    assert sweep(embedded, number, due) == ["Warn"]
    set_priority(bob, ticket, Priority.LOW)
    settings = warn.settings.model_dump() | {"offset_minutes": -10, "version": warn.version}
    dana.rules.change(warn.id, RuleChange.model_validate(settings))
    number = begin_clock(embedded, ticket, clock.now, due)
    assert sweep(embedded, number, due + timedelta(minutes=5)) == []
    (tried,) = dana.rules.runs(RunQuery(rule_id=only_low.id)).items
    assert tried.outcome is RunOutcome.NOT_MATCHED
    assert [check.found for check in tried.checked] == ["Medium"]


def test_a_clock_that_does_not_run_has_no_steps(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    dana.rules.add(step("Overdue", 0))
    number = begin_clock(embedded, open_one(alice), clock.now, clock.now)
    for changes in ({"due_at": NEVER}, {"due_at": clock.now, "state": ClockState.MET}):
        with embedded.database.writing() as session:
            session.execute(update(SlaClock).where(SlaClock.id == number).values(**changes))
        assert sweep(embedded, number, clock.now + timedelta(days=9)) == []


def test_steps_that_are_removed_or_off_fire_no_more(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    gone = dana.rules.add(step("Gone", 0))
    dana.rules.add(step("Off", 5, active=False))
    dana.rules.remove(gone.id)
    number = begin_clock(embedded, open_one(alice), clock.now, clock.now)
    assert sweep(embedded, number, clock.now + timedelta(hours=1)) == []


# --- what it costs ------------------------------------------------------------------------------


def test_rules_are_read_once_in_a_call_however_many_there_are(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    def cost() -> tuple[int, int]:
        with statements() as sent:
            open_one(alice)
        return len(sent), sum("FROM rule " in each or "FROM rule\n" in each for each in sent)

    open_one(alice)
    without, _ = cost()
    never = asked(Fact.SUBJECT, Operator.CONTAINS, "never said")
    for number in range(5):
        dana.rules.add(rule(f"New {number}", Trigger.CREATED, conditions=(never,)))
        dana.rules.add(rule(f"Old {number}", Trigger.CHANGED, conditions=(never,)))
    assert cost() == (without, 1)


def test_rows_of_a_run_are_bounded(dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk):
    long = Action(kind=ActionKind.ADD_NOTE, text="x" * 2000)
    dana.rules.add(rule("Long", Trigger.CREATED, *[long] * 10))
    ticket = open_one(alice)
    with embedded.database.reading() as session:
        assert session.execute(select(Rule.fired)).scalar_one() == 1
    assert len(ruled(embedded, ticket)[0][2] or "") <= 500
