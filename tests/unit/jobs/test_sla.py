# SPDX-License-Identifier: GPL-3.0-or-later
"""The job of clocks: what it takes up, what it measures anew, and that it does each thing once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import delete, select

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Busy
from helpdesk.core.schemas.clocks import ClockKind, ClockState, SegmentCause, SegmentState
from helpdesk.core.schemas.rules import Action, ActionKind, Audience, RuleSettings, Trigger
from helpdesk.core.schemas.sla import (
    CalendarChange,
    CalendarSettings,
    PolicyChange,
    PolicySettings,
    Slot,
)
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    Status,
    TicketChange,
    TicketView,
)
from helpdesk.database.types import NEVER
from helpdesk.jobs import sla
from helpdesk.jobs.sla import keep_clocks
from helpdesk.models import (
    Base,
    BusinessCalendar,
    CalendarRevision,
    DeskFact,
    Event,
    Notification,
    Rule,
    RuleRun,
    SlaClock,
    SlaPolicy,
    SlaSegment,
    TicketSla,
)
from helpdesk.models.event import EventKind
from helpdesk.services import sweep
from helpdesk.services.rule_engine import RuleEngine
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import dump
from tests.seated import seated

FIRST, NEXT, SOLVED = ClockKind
Row = TypeVar("Row", bound=Base)
OF_CLOCKS = (SlaClock, SlaSegment, TicketSla)


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


def opened(alice: HelpDesk, priority: Priority = Priority.MEDIUM) -> TicketView:
    return alice.tickets.open(NewTicket(subject="No tone", priority=priority))


def say(desk: HelpDesk, ticket: TicketView, status: Status | None = None) -> TicketView:
    return desk.tickets.comment(ticket.id, NewComment(body="Hm.", status=status))


def forget(desk: EmbeddedDesk, *kinds: type) -> None:
    with desk.database.writing() as session:
        for kind in kinds:
            session.execute(delete(kind))
        names = DeskFact.name.like("sla%") | DeskFact.name.like("rules%")
        session.execute(delete(DeskFact).where(names))


def found(desk: EmbeddedDesk, kind: type[Row], ticket: TicketView | None = None) -> list[Row]:
    with desk.database.reading() as session:
        table = kind.__table__
        statement = select(kind).order_by(*table.primary_key)
        if ticket is not None:
            statement = statement.where(table.c["ticket_id"] == ticket.id)
        return list(session.scalars(statement))


def ruled(desk: EmbeddedDesk, ticket: TicketView) -> list[tuple[str | None, str | None]]:
    events = found(desk, Event, ticket)
    return [(each.field, each.old) for each in events if each.kind == EventKind.RULED]


# --- taking up --------------------------------------------------------------------------------


def test_an_older_desk_gets_policies_rules_and_clocks(
    embedded: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, dana: HelpDesk, clock: SettableClock
):
    solved, waits = opened(alice), opened(alice)
    say(bob, solved, Status.RESOLVED)
    clock.forward(hours=1)
    say(bob, waits, Status.AWAITING_CUSTOMER)
    clock.forward(hours=2)
    asked = say(alice, waits)
    before = bob.policies.clock(waits.id)
    kinds = (*OF_CLOCKS, SlaPolicy, CalendarRevision, BusinessCalendar)
    forget(embedded, RuleRun, *kinds, Rule)
    assert bob.tickets.view(waits.id).clock is None
    clock.forward(hours=1)
    assert keep_clocks(embedded, clock.now) == 1
    (standard,) = dana.policies.all()
    assert (standard.name, standard.calendar) == ("Standard", "Around the clock")
    assert dana.rules.all() != ()
    after = bob.policies.clock(waits.id)
    assert [
        (each.kind, each.state, each.started_at, each.stopped_at, each.due) for each in after.clocks
    ] == [
        (each.kind, each.state, each.started_at, each.stopped_at, each.due)
        for each in sorted(before.clocks, key=lambda each: [SOLVED, FIRST, NEXT].index(each.kind))
    ]
    assert [(each.begin, each.end, each.state, each.actor) for each in after.segments[1:]] == [
        (each.begin, each.end, each.state, each.actor) for each in before.segments[1:]
    ]
    assert after.segments[0].cause is SegmentCause.TAKEN_UP
    view = bob.tickets.view(waits.id)
    assert (view.clock, view.resolution_due) == (asked.clock, asked.resolution_due)
    assert found(embedded, TicketSla, solved) == []


def test_when_all_is_done_a_run_only_reads(
    desk: EmbeddedDesk, alice: HelpDesk, clock: SettableClock
):
    opened(alice)
    before = dump(desk.database)
    assert keep_clocks(desk, clock.now) == 0
    assert dump(desk.database) == before


def test_what_was_overdue_before_it_was_measured_sets_nothing_off(
    desk: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, clock: SettableClock
):
    ticket = opened(alice, Priority.URGENT)
    told = len(found(desk, Notification))
    forget(desk, RuleRun, *OF_CLOCKS)
    clock.forward(hours=2)
    for _ in range(3):
        keep_clocks(desk, clock.now)
    view = bob.tickets.view(ticket.id)
    assert view.clock is not None
    assert (view.clock.is_late, view.clock.kind) == (True, FIRST)
    assert len(found(desk, Notification)) == told
    # What comes due later does.
    clock.forward(hours=2)
    keep_clocks(desk, clock.now)
    assert ("Standard", "Resolution was due") in ruled(desk, ticket)
    assert ("Standard", "First response was due") not in ruled(desk, ticket)


def test_a_ticket_that_is_changed_first_is_taken_up_by_that(
    desk: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, clock: SettableClock
):
    ticket = opened(alice)
    forget(desk, *OF_CLOCKS)
    clock.forward(hours=3)
    view = say(bob, ticket, Status.AWAITING_CUSTOMER)
    assert view.clock is not None
    assert view.clock.is_paused
    told = bob.policies.clock(ticket.id)
    assert [(each.kind, each.state) for each in told.clocks] == [
        (SOLVED, ClockState.PAUSED), (FIRST, ClockState.MET),
    ]  # fmt: skip
    assert [each.state for each in told.segments] == [SegmentState.COUNTED, SegmentState.PAUSED]
    solved = opened(alice)
    forget(desk, *OF_CLOCKS)
    assert say(bob, solved, Status.RESOLVED).clock is None


# --- measuring anew ---------------------------------------------------------------------------


def change_policy(dana: HelpDesk, minutes: int) -> None:
    (policy,) = dana.policies.all()
    kept = policy.model_dump(include=set(PolicySettings.model_fields))
    targets = [{**each.model_dump(), "resolution": minutes} for each in policy.targets]
    change = PolicyChange.model_validate({**kept, "targets": targets, "version": policy.version})
    dana.policies.change(policy.id, change)


def test_a_changed_policy_measures_what_is_open_and_keeps_what_was_counted(
    desk: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, dana: HelpDesk, clock: SettableClock
):
    ticket, solved = opened(alice), opened(alice)
    done = say(bob, solved, Status.RESOLVED)
    clock.forward(hours=5)
    change_policy(dana, 600)
    cursor = bob.tickets.changes("").cursor
    assert keep_clocks(desk, clock.now) == 1
    assert bob.tickets.changes(cursor).everything
    view = bob.tickets.view(ticket.id)
    assert view.resolution_due == ticket.created_at + timedelta(hours=10)
    last = bob.policies.clock(ticket.id).segments[-1]
    assert (last.cause, last.begin, last.actor) == (SegmentCause.POLICY, clock.now, None)
    assert bob.tickets.view(solved.id).resolution_due == done.resolution_due
    assert keep_clocks(desk, clock.now) == 0
    assert not bob.tickets.changes(bob.tickets.changes("").cursor).everything


def test_changed_hours_count_from_now_on(
    desk: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, dana: HelpDesk, clock: SettableClock
):
    ticket = opened(alice, Priority.URGENT)
    clock.forward(hours=1)
    (calendar,) = dana.calendars.all()
    days = tuple(Slot(day=day, begin=9 * 60, end=11 * 60) for day in range(7))
    office = CalendarSettings(name="Office", time_zone="UTC", slots=days)
    dana.calendars.change(
        calendar.id, CalendarChange(**office.model_dump(), version=calendar.version)
    )
    keep_clocks(desk, clock.now)
    told = bob.policies.clock(ticket.id)
    assert [(each.cause, each.why) for each in told.segments] == [
        (SegmentCause.CREATED, "Around the clock, policy Standard"),
        (SegmentCause.CALENDAR, "Office, policy Standard"),
    ]
    # One hour was counted, one is left today and two are tomorrow.
    assert told.clocks[1].due == datetime(2026, 11, 24, 11, tzinfo=UTC)


def test_a_pause_outlasts_a_change_and_goes_on_by_it(
    desk: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, dana: HelpDesk, clock: SettableClock
):
    ticket = opened(alice)
    say(bob, ticket, Status.AWAITING_CUSTOMER)
    change_policy(dana, 600)
    keep_clocks(desk, clock.now)
    paused = bob.tickets.view(ticket.id)
    assert paused.clock is not None
    assert (paused.clock.is_paused, paused.resolution_due) == (True, None)
    clock.forward(hours=1)
    assert say(alice, ticket).resolution_due == clock.now + timedelta(hours=10)


def test_a_new_step_is_planned_for_clocks_that_run(
    desk: EmbeddedDesk, alice: HelpDesk, dana: HelpDesk, clock: SettableClock
):
    ticket = opened(alice)
    tell = Action(kind=ActionKind.NOTIFY, audiences=(Audience.MANAGERS,))
    dana.rules.add(
        RuleSettings(
            name="A day before",
            trigger=Trigger.DUE,
            clocks=(SOLVED,),
            offset_minutes=-24 * 60,
            actions=(tell,),
        )
    )
    keep_clocks(desk, clock.now)
    (solved,) = [each for each in found(desk, SlaClock, ticket) if each.kind is SOLVED]
    assert solved.next_step_at == ticket.created_at + timedelta(days=2)
    clock.now = solved.next_step_at
    keep_clocks(desk, clock.now)
    assert [name for name, _ in ruled(desk, ticket)].count("A day before") == 1


# --- sweeping ---------------------------------------------------------------------------------


def test_what_is_overdue_is_marked_and_told_once(
    desk: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, clock: SettableClock
):
    ticket = opened(alice)
    clock.forward(hours=7, minutes=59)
    keep_clocks(desk, clock.now)
    clock.forward(minutes=1)
    changes = bob.tickets.changes("").cursor
    assert keep_clocks(desk, clock.now) > 0
    assert ticket.id in bob.tickets.changes(changes).ticket_ids
    view = bob.tickets.view(ticket.id)
    assert view.clock is not None
    assert (view.clock.is_late, view.clock.escalation_level) == (True, 1)
    assert ("Standard", "First response was due") in ruled(desk, ticket)
    assert not [each for each in alice.tickets.view(ticket.id).events if each.kind == "ruled"]
    own = alice.tickets.view(ticket.id).clock
    assert own is not None
    assert (own.is_late, own.escalation_level) == (True, 0)
    first = found(desk, SlaClock, ticket)[0]
    assert (first.state, first.missed_at) == (ClockState.RUNNING, first.due_at)
    told = dump(desk.database)
    # Neither a second look nor a clock that was set back and forward again says it twice.
    for forward in (0, -5, 5):
        clock.forward(hours=forward)
        assert keep_clocks(desk, clock.now) == 0
    assert dump(desk.database, without=("session",)) == {
        table: rows for table, rows in told.items() if table != "session"
    }


def test_a_clock_set_forward_by_years_comes_to_an_end(
    desk: EmbeddedDesk, alice: HelpDesk, clock: SettableClock
):
    ticket = opened(alice)
    clock.forward(days=3650)
    # The first look raises the priority, and other targets are looked at once more.
    for _ in range(3):
        keep_clocks(desk, clock.now)
    assert {each.next_step_at for each in found(desk, SlaClock, ticket)} == {NEVER}
    told = len(found(desk, Notification))
    assert keep_clocks(desk, clock.now) == 0
    assert len(found(desk, Notification)) == told


def test_only_what_is_due_is_touched(
    desk: EmbeddedDesk, alice: HelpDesk, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sla, "AT_ONCE", 2)
    monkeypatch.setattr(sweep, "AT_ONCE", 2)
    urgent = [opened(alice, Priority.URGENT).id for _ in range(5)]
    other = opened(alice)
    before = dump(desk.database)
    clock.forward(minutes=61)
    assert keep_clocks(desk, clock.now) == 5
    after = dump(desk.database)
    for table in ("ticket", "ticket_sla", "sla_clock", "sla_segment", "event"):
        changed = set(after[table]) - set(before[table])
        place = 0 if table in ("ticket", "ticket_sla") else 1
        assert {row[place] for row in changed} <= set(urgent), table
        assert set(before[table]) <= set(after[table]) or other.id not in urgent
    late = {each.ticket_id for each in found(desk, TicketSla) if each.late}
    assert late == set(urgent)


def test_one_bad_ticket_keeps_no_others_waiting(
    desk: EmbeddedDesk,
    alice: HelpDesk,
    bob: HelpDesk,
    clock: SettableClock,
    monkeypatch: pytest.MonkeyPatch,
):
    tickets = [opened(alice) for _ in range(3)]
    bad = tickets[1].id
    at_due = RuleEngine.at_due

    def fails(self, changes, clock):
        if changes.ticket.id == bad:
            raise ZeroDivisionError
        return at_due(self, changes, clock)

    def late() -> list[bool]:
        clocks = (bob.tickets.view(each.id).clock for each in tickets)
        return [each is not None and each.is_late for each in clocks]

    clock.forward(hours=8)
    with monkeypatch.context() as patched:
        patched.setattr(RuleEngine, "at_due", fails)
        assert keep_clocks(desk, clock.now) == 2
        assert late() == [True, False, True]
    assert keep_clocks(desk, clock.now) == 0
    clock.forward(hours=1)
    keep_clocks(desk, clock.now)
    assert late() == [True, True, True]


def test_a_fault_of_the_database_ends_the_run(
    desk: EmbeddedDesk, alice: HelpDesk, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
):
    opened(alice)
    clock.forward(hours=8)

    def busy(*_: object) -> None:
        raise Busy("The desk is busy.")

    with monkeypatch.context() as patched:
        patched.setattr(RuleEngine, "at_due", busy)
        with pytest.raises(Busy):
            keep_clocks(desk, clock.now)
    assert keep_clocks(desk, clock.now) > 0


def test_a_paused_clock_is_left_alone_until_it_goes_on(
    desk: EmbeddedDesk, alice: HelpDesk, bob: HelpDesk, clock: SettableClock
):
    ticket = opened(alice)
    say(bob, ticket, Status.AWAITING_CUSTOMER)
    clock.forward(days=9)
    assert keep_clocks(desk, clock.now) == 0
    say(alice, ticket)
    clock.forward(hours=8)
    keep_clocks(desk, clock.now)
    assert ("Standard", "Next response was due") in ruled(desk, ticket)
    version = bob.tickets.view(ticket.id).version
    bob.tickets.change(ticket.id, TicketChange(status=Status.RESOLVED, version=version))
    clock.forward(days=30)
    assert keep_clocks(desk, clock.now) == 0
