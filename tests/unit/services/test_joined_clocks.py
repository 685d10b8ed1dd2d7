# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets that are merged: what is due then, who is told why, and that it can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.clocks import (
    ClockKind,
    ClockState,
    ClockView,
    SegmentCause,
    SegmentState,
)
from helpdesk.core.schemas.sla import PolicyChange, Target
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    Status,
    TicketChange,
    TicketView,
)
from helpdesk.database.checks import examine
from helpdesk.jobs.sla import keep_clocks
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import dump
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.seated import seated
from tests.unit.services.merging import merge, part

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)

FIRST, NEXT, SOLVED = ClockKind
RUNNING, MERGED = ClockState.RUNNING, ClockState.MERGED


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return seated(sign_in, "alice")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return seated(sign_in, "bob")


@pytest.fixture(autouse=True)
def _is_sound(embedded: EmbeddedDesk) -> Iterator[None]:
    yield
    assert examine(embedded.database).findings == ()


def opened(desk: HelpDesk, priority: Priority = Priority.MEDIUM) -> TicketView:
    """Return a ticket: of medium priority it is to be answered in 8 hours and solved in 72."""
    return desk.tickets.open(NewTicket(subject="No tone", priority=priority))


def say(desk: HelpDesk, ticket: TicketView, status: Status | None = None) -> TicketView:
    return desk.tickets.comment(ticket.id, NewComment(body="Hm.", status=status))


def change(desk: HelpDesk, ticket: TicketView, **fields: object) -> TicketView:
    version = desk.tickets.view(ticket.id).version
    change = TicketChange.model_validate({**fields, "version": version})
    return desk.tickets.change(ticket.id, change)


def clocks(desk: HelpDesk, ticket: TicketView) -> dict[tuple[ClockKind, int], ClockView]:
    return {(each.kind, each.round): each for each in desk.policies.clock(ticket.id).clocks}


def states(desk: HelpDesk, ticket: TicketView) -> dict[tuple[ClockKind, int], ClockState]:
    return {key: each.state for key, each in clocks(desk, ticket).items()}


def test_the_survivor_answers_for_the_earlier_promise(
    alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    older = opened(alice)
    clock.forward(hours=5)
    newer = opened(alice)
    clock.forward(hours=1)
    merge(embedded, clock.now, newer.id, older.id)
    view = bob.tickets.view(newer.id)
    assert (view.first_response_due, view.resolution_due) == (
        older.first_response_due, older.resolution_due,
    )  # fmt: skip
    assert view.clock is not None
    assert view.clock.due == older.first_response_due
    told = bob.policies.clock(newer.id)
    first, solved = told.clocks
    assert (first.started_at, first.counted_seconds) == (older.created_at, 6 * 3600)
    assert (first.taken and first.taken.ticket, first.due) == (older.number, view.clock.due)
    assert solved.taken is not None
    clock.forward(hours=1)
    told = bob.policies.clock(newer.id)
    # Its own time is what it was, and says who merged.
    assert {each.state for each in told.segments} == {SegmentState.COUNTED}
    last = told.segments[-1]
    assert (last.cause, last.begin) == (SegmentCause.MERGED, clock.now - hours(1))
    assert last.actor is not None
    assert last.actor.full_name == "Bob Keller"
    assert told.clocks[0].counted_seconds == 7 * 3600
    assert told.clocks[0].taken is not None
    assert [(each.begin, each.cause) for each in told.clocks[0].taken.segments] == [
        (older.created_at, SegmentCause.CREATED), (clock.now - hours(1), SegmentCause.MERGED),
    ]  # fmt: skip
    assert states(bob, older) == {(FIRST, 1): MERGED, (SOLVED, 1): MERGED}
    ended = bob.policies.clock(older.id).segments[-1]
    assert (ended.state, ended.cause) == (SegmentState.STOPPED, SegmentCause.MERGED)
    assert (ended.why, ended.actor) == (f"merged into {newer.number}", last.actor)


def test_a_later_promise_changes_nothing(
    alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    older = opened(alice)
    clock.forward(hours=1)
    newer = opened(alice, Priority.LOW)
    clock.forward(hours=1)
    merge(embedded, clock.now, older.id, newer.id)
    view = bob.tickets.view(older.id)
    assert (view.first_response_due, view.resolution_due) == (
        older.first_response_due, older.resolution_due,
    )  # fmt: skip
    assert all(each.taken is None for each in bob.policies.clock(older.id).clocks)


def test_what_is_asked_on_a_merged_ticket_is_answered_on_the_one_that_was_answered_already(
    alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    """The most common merge: somebody writes again, in a ticket of its own."""
    older = opened(alice)
    say(bob, older, Status.AWAITING_CUSTOMER)
    clock.forward(hours=2)
    newer = opened(alice)
    clock.forward(hours=1)
    merge(embedded, clock.now, older.id, newer.id)
    view = bob.tickets.view(older.id)
    assert view.status is Status.OPEN
    waits = clocks(bob, older)[NEXT, 1]
    assert (waits.state, waits.due) == (RUNNING, newer.first_response_due)
    assert (waits.counted_seconds, waits.taken is not None) == (3600, True)
    part(embedded, clock.now, older.id, newer.id, Status.NEW)
    assert states(bob, older)[NEXT, 1] is ClockState.CANCELLED
    assert states(bob, newer) == {(FIRST, 1): RUNNING, (SOLVED, 1): RUNNING}
    merge(embedded, clock.now, older.id, newer.id)
    clock.forward(hours=1)
    say(bob, older)
    assert states(bob, older)[NEXT, 2] is ClockState.MET
    assert states(bob, newer)[FIRST, 1] is MERGED


def test_an_undone_merge_leaves_both_as_if_it_had_never_been(
    alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    older, other = opened(alice), opened(alice, Priority.HIGH)
    clock.forward(hours=1)
    newer = opened(alice)
    change(bob, other, status=Status.AWAITING_CUSTOMER)
    before = bob.tickets.view(newer.id)
    clock.forward(hours=1)
    merge(embedded, clock.now, newer.id, older.id)
    merge(embedded, clock.now, newer.id, other.id)
    clock.forward(hours=4)
    part(embedded, clock.now, newer.id, older.id, Status.NEW)
    # What another merged ticket was promised is still kept.
    assert clocks(bob, newer)[SOLVED, 1].due == bob.tickets.view(newer.id).resolution_due
    taken = clocks(bob, newer)[SOLVED, 1].taken
    assert taken is not None
    assert taken.ticket == other.number
    part(embedded, clock.now, newer.id, other.id, Status.AWAITING_CUSTOMER)
    view, again = bob.tickets.view(newer.id), bob.tickets.view(older.id)
    for kind in ("first_response_due", "resolution_due"):
        assert getattr(view, kind) == getattr(before, kind)
        assert getattr(again, kind) == getattr(older, kind)
    told = bob.policies.clock(older.id)
    assert {each.counted_seconds for each in told.clocks} == {6 * 3600}
    clock.forward(hours=1)
    told = bob.policies.clock(older.id)
    assert [each.cause for each in told.segments] == [
        SegmentCause.CREATED, SegmentCause.MERGED, SegmentCause.PARTED,
    ]  # fmt: skip
    assert {each.state for each in told.segments} == {SegmentState.COUNTED}
    assert {each.counted_seconds for each in told.clocks} == {7 * 3600}
    waiting = bob.policies.clock(other.id)
    assert waiting.segments[-1].state is SegmentState.PAUSED
    assert {each.counted_seconds for each in waiting.clocks} == {3600}
    assert all(not rows for name, rows in dump(embedded.database).items() if "handover" in name)


def test_what_was_late_before_a_merge_is_late_after_it_and_escalates_once(
    alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    older = opened(alice)
    clock.forward(hours=9)
    newer = opened(alice)
    clock.forward(minutes=1)
    merge(embedded, clock.now, newer.id, older.id)
    view = bob.tickets.view(newer.id)
    assert view.clock is not None
    assert (view.clock.is_late, view.clock.due) == (True, older.first_response_due)
    overdue = [each for each in view.events if each.new == "Overdue"]
    assert len(overdue) == 1
    keep_clocks(embedded, clock.now)
    keep_clocks(embedded, clock.now)
    assert len([e for e in bob.tickets.view(newer.id).events if e.new == "Overdue"]) == 1
    late = clocks(bob, older)[FIRST, 1]
    assert (late.state, late.is_late) == (MERGED, True)
    say(bob, newer)
    assert states(bob, newer)[FIRST, 1] is ClockState.MISSED


def test_promises_go_on_through_one_merge_after_the_other(
    alice: HelpDesk, bob: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    tickets = []
    for _ in range(3):
        tickets.append(opened(alice))
        clock.forward(hours=1)
    first, second, third = tickets
    merge(embedded, clock.now, second.id, first.id)
    change(bob, second, status=Status.AWAITING_CUSTOMER)
    clock.forward(hours=10)
    change(bob, second, status=Status.OPEN)
    merge(embedded, clock.now, third.id, second.id)
    # Three hours until the first merge, and ten in which the second waited for its customer.
    view = bob.tickets.view(third.id)
    assert view.first_response_due == third.first_response_due
    assert view.resolution_due == third.resolution_due
    clock.forward(hours=1)
    urgent = change(bob, third, priority=Priority.LOW)
    assert urgent.first_response_due is not None
    assert urgent.first_response_due == first.created_at + hours(8 + 10)
    with pytest.raises(Invalid, match="is merged into another"):
        part(embedded, clock.now, second.id, first.id, Status.NEW)
    with pytest.raises(Invalid, match="is merged into another"):
        merge(embedded, clock.now, second.id, third.id)
    with pytest.raises(Invalid, match="into itself"):
        merge(embedded, clock.now, third.id, third.id)
    part(embedded, clock.now, third.id, second.id, Status.OPEN)
    assert clocks(bob, third)[FIRST, 1].taken is None
    assert bob.tickets.view(second.id).first_response_due == first.created_at + hours(18)
    part(embedded, clock.now, second.id, first.id, Status.NEW)
    assert bob.tickets.view(second.id).first_response_due == second.created_at + hours(18)
    assert bob.tickets.view(first.id).first_response_due == first.created_at + hours(8)


def test_other_policies_and_another_round_come_after_a_merge(
    alice: HelpDesk, bob: HelpDesk, sign_in: SignIn, embedded: EmbeddedDesk, clock: SettableClock
):
    older = opened(alice)
    clock.forward(hours=5)
    newer = opened(alice)
    merge(embedded, clock.now, newer.id, older.id)
    dana = seated(sign_in, "dana")
    (standard,) = dana.policies.all()
    target = Target(priority=Priority.MEDIUM, first_response=6000, resolution=60)
    kept = standard.model_dump(include=set(PolicyChange.model_fields))
    dana.policies.change(standard.id, PolicyChange(**kept | {"targets": (target,)}))
    clock.forward(minutes=30)
    keep_clocks(embedded, clock.now)
    view = bob.tickets.view(newer.id)
    # What was promised stays so; what is promised now as well.
    assert view.first_response_due == older.first_response_due
    assert view.resolution_due == newer.created_at + hours(1)
    change(bob, newer, status=Status.RESOLVED)
    clock.forward(hours=1)
    again = change(bob, newer, status=Status.OPEN)
    assert again.first_response_due == clock.now + hours(100)
    assert again.resolution_due == clock.now + hours(1)
    # The merged ticket is measured by what is in force when it goes on.
    part(embedded, clock.now, newer.id, older.id, Status.NEW)
    assert bob.tickets.view(older.id).first_response_due == older.created_at + hours(100)
    assert bob.tickets.view(older.id).clock is not None
    assert states(bob, older) == {(FIRST, 1): RUNNING, (SOLVED, 1): RUNNING}


def test_who_sees_only_their_own_is_not_told_who_worked_on_a_merged_ticket(
    alice: HelpDesk, bob: HelpDesk, sign_in: SignIn, embedded: EmbeddedDesk, clock: SettableClock
):
    foreign = opened(seated(sign_in, "erin"))
    clock.forward(hours=1)
    own = opened(alice)
    clock.forward(hours=1)
    merge(embedded, clock.now, own.id, foreign.id)
    taken = alice.policies.clock(own.id).clocks[0].taken
    assert taken is not None
    assert taken.ticket is None
    assert all(each.actor is None for each in taken.segments)
    assert "policy" not in taken.segments[0].why
