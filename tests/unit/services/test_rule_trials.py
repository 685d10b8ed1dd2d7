# SPDX-License-Identifier: GPL-3.0-or-later
"""Trials: a rule on one ticket and on the newest, equal to what it does once it is saved."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.rules import (
    Action,
    ActionKind,
    Audience,
    DryRunAsk,
    Fact,
    Operator,
    RuleSettings,
    RunOutcome,
    RunQuery,
    Trigger,
)
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import (
    Assignment,
    NewComment,
    NewTicket,
    Priority,
    Status,
    TicketChange,
)
from helpdesk.models.ticket import TRANSITIONS
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import dump, opened, person
from tests.unit.services.rule_desks import ALICE, BOB, FRANK, asked, begin_clock, rule, step, sweep

pytestmark = pytest.mark.desk_kinds("local-sqlite", "local-postgresql")

IS, AT_LEAST = Operator.IS, Operator.AT_LEAST


@pytest.fixture
def dana(sign_in: SignIn) -> HelpDesk:
    return sign_in("dana")


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return sign_in("alice")


def tried(dana: HelpDesk, settings: RuleSettings, tickets: int = 1000) -> set[tuple[int, datetime]]:
    """Return on which tickets a rule would fire, and when last."""
    found = dana.rules.dry_run(DryRunAsk(rule=settings, tickets=tickets))
    assert found.would_fire == len(found.runs)
    assert {run.outcome for run in found.runs} <= {RunOutcome.FIRED}
    return {(run.ticket_id, run.at) for run in found.runs}


# --- one ticket ---------------------------------------------------------------------------------


def test_every_rule_is_tried_on_a_ticket_as_it_is_now(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    urgent = asked(Fact.PRIORITY, IS, "urgent")
    old = asked(Fact.HOURS_UNCHANGED, AT_LEAST, 24)
    by_alice = asked(Fact.CHANGED_BY, IS, "requester")
    dana.rules.add(rule("Urgent", Trigger.CREATED, conditions=(urgent,)))
    dana.rules.add(rule("Old", Trigger.TIME, conditions=(old,)))
    dana.rules.add(rule("By Alice", Trigger.CHANGED, conditions=(by_alice,)))
    dana.rules.add(rule("Off", Trigger.CHANGED, active=False))
    ticket = alice.tickets.open(NewTicket(subject="No tone")).id
    alice.tickets.comment(ticket, NewComment(body="Hello?"))
    clock.forward(hours=25)
    dana = person(embedded, "dana")
    before = dump(embedded.database)
    runs = {run.rule: run for run in dana.rules.explain(ticket)}
    assert dump(embedded.database) == before
    assert {name: run.outcome.value for name, run in runs.items()} == {
        "Urgent": "not_matched", "Old": "fired", "By Alice": "fired",
    }  # fmt: skip
    assert runs["Urgent"].checked[0].found == "Medium"
    assert [done.words for done in runs["Old"].done] == ["Tell managers"]
    assert runs["Old"].trigger == "While a ticket is open"
    assert runs["Urgent"].done == ()
    version = dana.tickets.view(ticket).version
    dana.tickets.change(ticket, TicketChange(status=Status.CLOSED, version=version))
    closed = next(run for run in dana.rules.explain(ticket) if run.rule == "Old")
    assert (closed.outcome, closed.checked[0].words) == (
        RunOutcome.NOT_MATCHED, "The ticket is open",
    )  # fmt: skip


# --- the newest tickets -------------------------------------------------------------------------


def test_a_trial_of_a_new_rule_sees_tickets_as_they_were_created(
    dana: HelpDesk, alice: HelpDesk, clock: SettableClock
):
    medium = asked(Fact.PRIORITY, IS, "medium")
    unfiled = asked(Fact.CATEGORY, Operator.IS_EMPTY)
    settings = rule("New", Trigger.CREATED, conditions=(medium, unfiled))
    view = alice.tickets.open(NewTicket(subject="No tone"))
    high = alice.tickets.open(NewTicket(subject="Dark", priority=Priority.HIGH))
    clock.forward(hours=1)
    change = TicketChange(
        priority=Priority.URGENT, category_id=3, status=Status.CLOSED, version=view.version
    )
    dana.tickets.change(view.id, change)
    found = dana.rules.dry_run(DryRunAsk(rule=settings))
    assert (found.tickets, found.would_fire) == (2, 1)
    (run,) = found.runs
    assert (run.id, run.ticket_id, run.at, run.rule) == (0, view.id, view.created_at, "New")
    assert [check.found for check in run.checked] == ["Medium", "no category"]
    assert [done.words for done in run.done] == ["Tell managers"]
    (other,) = found.not_matched
    assert (other.ticket_id, other.checked[0].found, other.done) == (high.id, "High", ())
    assert dana.rules.dry_run(DryRunAsk(rule=settings, tickets=1)).tickets == 1


def test_a_trial_says_whom_tickets_would_be_given_to(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk
):
    view = alice.tickets.open(NewTicket(subject="0"))
    dana.tickets.assign(view.id, Assignment(assignee_id=BOB, version=view.version))
    team = dana.teams.add(TeamSettings(name="Network", member_ids=(BOB, FRANK))).id
    for number in range(1, 4):
        alice.tickets.open(NewTicket(subject=str(number)))
    before = dump(embedded.database)

    def given(kind: ActionKind, rule_id: int | None = None) -> list[str]:
        settings = rule("Share", Trigger.CREATED, Action(kind=kind, target_id=team))
        found = dana.rules.dry_run(DryRunAsk(rule=settings, rule_id=rule_id))
        return [run.done[0].words for run in reversed(found.runs)]

    bob, frank = "Assign it to Bob Keller: ", "Assign it to Frank Osei: "
    next_one = "next in turn of 2 on duty"
    assert given(ActionKind.ASSIGN_IN_TURN) == [bob + next_one, frank + next_one] * 2
    fewest = "the fewest of 2 on duty"
    longest = ", and longest without a new one of 2 who have as few"
    assert given(ActionKind.ASSIGN_BY_WORKLOAD) == [
        f"{frank}0 open tickets, {fewest}",
        f"{bob}1 open ticket, {fewest}{longest}",
        f"{frank}1 open ticket, {fewest}",
        f"{bob}2 open tickets, {fewest}{longest}",
    ]
    assert dump(embedded.database) == before, "nobody was given anything"

    in_turn = Action(kind=ActionKind.ASSIGN_IN_TURN, target_id=team)
    made = dana.rules.add(rule("Turns", Trigger.CREATED, in_turn))
    alice.tickets.open(NewTicket(subject="It is Bob's turn, then"))
    dana.rules.dry_run(DryRunAsk(rule=made.settings, rule_id=made.id))
    assert given(ActionKind.ASSIGN_IN_TURN, made.id)[0] == frank + next_one


def test_a_trial_of_a_step_looks_at_the_due_times_that_are_kept(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    settings = step("Warn", -30, conditions=(asked(Fact.PRIORITY, IS, "medium"),))
    begun = clock.now
    soon, late, raised = (alice.tickets.open(NewTicket(subject=text)) for text in "abc")
    for ticket, hours in ((soon, 9), (late, 2), (raised, 3)):
        begin_clock(embedded, ticket.id, begun, begun + timedelta(hours=hours))
    clock.forward(hours=1)
    change = TicketChange(priority=Priority.LOW, version=raised.version)
    dana.tickets.change(raised.id, change)
    begin_clock(embedded, raised.id, begun, begun + timedelta(hours=3))
    clock.forward(hours=4)
    assert tried(dana, settings) == {(late.id, begun + timedelta(hours=1.5))}
    found = dana.rules.dry_run(DryRunAsk(rule=settings))
    assert found.runs[0].trigger == "Resolution due in 30 minutes"
    assert [run.checked[0].found for run in found.not_matched] == ["Low"]


def test_a_trial_by_time_looks_at_what_is_open_now(
    dana: HelpDesk, alice: HelpDesk, clock: SettableClock
):
    settings = rule("Old", Trigger.TIME, conditions=(asked(Fact.HOURS_OPEN, AT_LEAST, 2),))
    old, closed = (alice.tickets.open(NewTicket(subject=text)) for text in "ab")
    alice.tickets.close(closed.id, closed.version)
    clock.forward(hours=2)
    alice.tickets.open(NewTicket(subject="c"))
    found = dana.rules.dry_run(DryRunAsk(rule=settings))
    assert (found.tickets, [run.ticket_id for run in found.runs]) == (2, [old.id])


# --- a trial equals what happens ----------------------------------------------------------------

WATCHED = (
    rule("Created", Trigger.CREATED, conditions=(asked(Fact.PRIORITY, AT_LEAST, "high"),)),
    rule("Filed", Trigger.CREATED, any_conditions=(asked(Fact.CATEGORY, IS, 3),
                                                   asked(Fact.REQUESTER, IS, ALICE))),
    rule("Changed", Trigger.CHANGED, conditions=(asked(Fact.CHANGED_FIELD, IS, "priority"),
                                                 asked(Fact.CHANGED_BY, IS, "staff"))),
    rule("By rule", Trigger.CHANGED, conditions=(asked(Fact.CHANGED_BY, IS, "rule"),)),
    rule("Urgent", Trigger.CHANGED, conditions=(asked(Fact.PRIORITY, IS, "urgent"),)),
    rule("Asked", Trigger.CHANGED, conditions=(asked(Fact.CHANGED_FIELD, IS, "comment"),
                                               asked(Fact.CHANGED_BY, IS, "requester"),
                                               asked(Fact.REPLIES, AT_LEAST, 2))),
    rule("Bob's", Trigger.CHANGED, conditions=(asked(Fact.ASSIGNEE, IS, BOB),
                                               asked(Fact.STATUS, Operator.IS_NOT, "open"))),
    rule("Nobody's", Trigger.CHANGED, conditions=(asked(Fact.ASSIGNEE, Operator.IS_EMPTY),
                                                  asked(Fact.REOPENED, AT_LEAST, 1))),
    rule("Waits", Trigger.CHANGED, conditions=(asked(Fact.HOURS_IN_STATUS, AT_LEAST, 1.5),)),
    rule("Out of Access", Trigger.CHANGED,
         conditions=(asked(Fact.CATEGORY, Operator.IS_NOT, 4),
                     asked(Fact.CHANGED_FIELD, IS, "category"))),
)  # fmt: skip
"""Rules that only tell, so that they change nothing that the others see."""
RAISES = rule(
    "Raises",
    Trigger.CHANGED,
    Action(kind=ActionKind.RAISE_PRIORITY),
    conditions=(asked(Fact.CHANGED_FIELD, IS, "comment"), asked(Fact.REPLIES, IS, 3)),
)
"""One that is there from the beginning, so that the history holds changes by rules."""


class Busy:
    """A small desk on which people do this and that, always the same for a seed."""

    def __init__(self, desk: EmbeddedDesk, clock: SettableClock) -> None:
        self.clock = clock
        self.alice, self.erin = person(desk, "alice"), person(desk, "erin")
        self.bob, self.dana = person(desk, "bob"), person(desk, "dana")
        self.dana.rules.add(RAISES)
        self.tickets: list[int] = []

    def work(self, seed: int, steps: int) -> None:
        """Do so many things, one a few minutes after the other."""
        dice = random.Random(seed)  # noqa: S311 - nothing secret is made here
        for _ in range(steps):
            self.clock.forward(minutes=dice.randint(1, 12))
            if len(self.tickets) < 4 or dice.random() < 0.1:
                self._open(dice)
            else:
                dice.choice((self._comment, self._reprioritize, self._move, self._assign))(dice)

    def _open(self, dice: random.Random) -> None:
        new = NewTicket(
            subject=f"Ticket {len(self.tickets)}",
            priority=dice.choice(list(Priority)),
            category_id=dice.choice((None, 3, 4)),
        )
        facade = dice.choice((self.alice, self.erin))
        self.tickets.append(facade.tickets.open(new).id)

    def _comment(self, dice: random.Random) -> None:
        view = self.bob.tickets.view(dice.choice(self.tickets))
        asking = self.alice if view.requester.id == ALICE else self.erin
        facade = dice.choice((asking, self.bob))
        if view.status is not Status.CLOSED:
            internal = facade is self.bob and dice.random() < 0.3
            facade.tickets.comment(view.id, NewComment(body="Hm.", internal=internal))

    def _reprioritize(self, dice: random.Random) -> None:
        view = self.bob.tickets.view(dice.choice(self.tickets))
        change = TicketChange(
            priority=dice.choice(list(Priority)),
            category_id=dice.choice((3, 4)),
            version=view.version,
        )
        self.bob.tickets.change(view.id, change)

    def _move(self, dice: random.Random) -> None:
        view = self.bob.tickets.view(dice.choice(self.tickets))
        change = TicketChange(status=dice.choice(TRANSITIONS[view.status]), version=view.version)
        self.bob.tickets.change(view.id, change)

    def _assign(self, dice: random.Random) -> None:
        view = self.bob.tickets.view(dice.choice(self.tickets))
        if view.status.is_open:
            assignee_id = dice.choice((None, BOB, FRANK))
            assignment = Assignment(assignee_id=assignee_id, version=view.version)
            self.dana.tickets.assign(view.id, assignment)


@pytest.fixture
def two(tmp_path: Path, template: Path, desk_kind: str) -> Iterator[tuple[Busy, Busy]]:
    clocks = SettableClock(), SettableClock()
    with (
        opened(tmp_path / "one", template, clocks[0], desk_kind) as one,
        opened(tmp_path / "other", template, clocks[1], desk_kind) as other,
    ):
        yield Busy(one, clocks[0]), Busy(other, clocks[1])


@pytest.mark.desk_kinds("local-sqlite")
@pytest.mark.parametrize("seed", range(2))
def test_a_trial_on_the_past_equals_what_happens_once_the_rule_is_saved(
    two: tuple[Busy, Busy], seed: int
):
    without, with_rules = two
    saved = {each.name: with_rules.dana.rules.add(each).id for each in WATCHED}
    for desk in two:
        desk.work(seed, steps=70)
    assert without.tickets == with_rules.tickets
    fired_at_all = 0
    for settings in WATCHED:
        query = RunQuery(rule_id=saved[settings.name], limit=200)
        last: dict[int, datetime] = {}
        for run in reversed(with_rules.dana.rules.runs(query).items):
            last[run.ticket_id] = run.at
        assert tried(without.dana, settings) == set(last.items()), settings.name
        assert tried(with_rules.dana, settings) == set(last.items()), settings.name
        fired_at_all += bool(last)
    assert fired_at_all >= len(WATCHED) - 2, "these hours were too quiet to tell anything"


def test_a_trial_of_a_step_equals_what_the_sweep_does(
    dana: HelpDesk, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    settings = step("Overdue", 30, Action(kind=ActionKind.NOTIFY, audiences=(Audience.ADMINS,)))
    begun, numbers = clock.now, {}
    for hours in (1, 2, 3):
        ticket = alice.tickets.open(NewTicket(subject=f"{hours}")).id
        due = begun + timedelta(hours=hours)
        numbers[ticket] = begin_clock(embedded, ticket, begun, due)
    clock.forward(hours=2.5)
    would = {ticket for ticket, _ in tried(dana, settings)}
    dana.rules.add(settings)
    assert would == {
        ticket for ticket, number in numbers.items() if sweep(embedded, number, clock.now)
    }
    assert len(would) == 2
