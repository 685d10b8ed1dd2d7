# SPDX-License-Identifier: GPL-3.0-or-later
"""The clocks of a ticket as people work on it: what counts, who paused it, how it ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.clocks import (
    ClockKind,
    ClockState,
    ClockView,
    SegmentCause,
    SegmentState,
)
from helpdesk.core.schemas.sla import CalendarSettings, PolicySettings, Slot, Target
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    Reopening,
    Status,
    TicketChange,
    TicketQuery,
    TicketView,
)
from helpdesk.jobs.sla import keep_clocks
from helpdesk.models import Ticket
from helpdesk.services.ticket_changes import TicketChanges
from tests.conftest import SettableClock, SignIn
from tests.contract.desks import dump, statements
from tests.seated import seated

pytestmark = pytest.mark.desk_kinds("local-sqlite", "local-postgresql")

FIRST, NEXT, SOLVED = ClockKind
RUNNING, PAUSED, MET = ClockState.RUNNING, ClockState.PAUSED, ClockState.MET
MISSED, CANCELLED = ClockState.MISSED, ClockState.CANCELLED
OFFICE = CalendarSettings(
    name="Office",
    time_zone="UTC",
    slots=tuple(Slot(day=day, begin=9 * 60, end=17 * 60) for day in range(5)),
)
"""The clock of tests begins on a Monday at nine."""


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.fixture
def alice(sign_in: SignIn) -> HelpDesk:
    return seated(sign_in, "alice")


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return seated(sign_in, "bob")


@pytest.fixture
def ticket(alice: HelpDesk) -> TicketView:
    """Return a ticket of medium priority: eight hours to answer it, three days to solve it."""
    return alice.tickets.open(NewTicket(subject="No tone", category_id=1))


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


def with_policy(dana: HelpDesk, *targets: Target, **others: object) -> int:
    """Add a policy in front of the others, counted in the hours of an office."""
    calendar = dana.calendars.add(OFFICE)
    settings = {"name": "Fast", "calendar_id": calendar.id, "targets": targets, **others}
    return dana.policies.add(PolicySettings.model_validate(settings)).id


# --- a new ticket -----------------------------------------------------------------------------


def test_a_new_ticket_begins_two_clocks(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(minutes=90)
    told = bob.policies.clock(ticket.id)
    assert (told.policy, told.calendar, told.time_zone) == ("Standard", "Around the clock", "UTC")
    assert (told.at, told.is_whole, told.escalation_level) == (clock.now, True, 0)
    first, solved = told.clocks
    assert (first.kind, first.state, first.round) == (FIRST, RUNNING, 1)
    assert (first.target_seconds, first.counted_seconds) == (8 * 3600, 90 * 60)
    assert (first.started_at, first.stopped_at) == (ticket.created_at, None)
    assert first.due == ticket.first_response_due == ticket.created_at + hours(8)
    assert (solved.kind, solved.due) == (SOLVED, ticket.resolution_due)
    assert ticket.clock is not None
    assert (ticket.clock.kind, ticket.clock.due) == (FIRST, first.due)
    assert (ticket.clock.is_paused, ticket.clock.is_late, first.is_late) == (False, False, False)
    (segment,) = told.segments
    assert (segment.begin, segment.end) == (ticket.created_at, None)
    assert (segment.state, segment.cause) == (SegmentState.COUNTED, SegmentCause.CREATED)
    assert segment.actor == ticket.requester
    assert segment.why == "Around the clock, policy Standard"
    own = alice.policies.clock(ticket.id)
    assert (own.policy, own.segments[0].why) == (None, "Around the clock")
    assert own.clocks == told.clocks


def test_lists_show_what_is_due_next(alice: HelpDesk, bob: HelpDesk, ticket: TicketView):
    waits = say(bob, ticket, Status.AWAITING_CUSTOMER)
    for desk in (alice, bob):
        (row,) = desk.tickets.search(TicketQuery()).items
        assert row.clock == waits.clock
        assert row.resolution_due is None


def test_what_is_no_answer_and_no_move_costs_no_statement(
    bob: HelpDesk, ticket: TicketView, embedded: EmbeddedDesk
):
    before = dump(embedded.database)
    with statements() as sent:
        taken = bob.tickets.take(ticket.id, ticket.version)
        bob.tickets.comment(ticket.id, NewComment(body="Odd.", internal=True))
    of_clocks = [each for each in sent if "sla_segment" in each or "sla_clock" in each]
    # What a ticket counts as asks for their outcome, too.
    assert not [each for each in of_clocks if "ticket_figure" not in each]
    for table in ("ticket_sla", "sla_clock", "sla_segment"):
        assert dump(embedded.database)[table] == before[table]
    assert taken.clock == ticket.clock


# --- pausing ----------------------------------------------------------------------------------


def test_waiting_for_the_customer_does_not_count(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=1)
    asked_at, waits = clock.now, say(bob, ticket, Status.AWAITING_CUSTOMER)
    assert waits.clock is not None
    assert (waits.clock.is_paused, waits.clock.due, waits.resolution_due) == (True, None, None)
    clock.forward(hours=30)
    assert clocks(bob, ticket)[SOLVED, 1].counted_seconds == 3600
    answered = say(alice, ticket)
    assert answered.resolution_due == ticket.created_at + hours(72 + 30)
    clock.forward(hours=1)
    told = bob.policies.clock(ticket.id)
    assert [(each.state, each.cause) for each in told.segments] == [
        (SegmentState.COUNTED, SegmentCause.CREATED),
        (SegmentState.PAUSED, SegmentCause.STATUS),
        (SegmentState.COUNTED, SegmentCause.STATUS),
    ]
    assert [each.actor.full_name for each in told.segments if each.actor] == [
        "Alice Moreau", "Bob Keller", "Alice Moreau",
    ]  # fmt: skip
    paused = told.segments[1]
    assert (paused.begin, paused.end) == (asked_at, asked_at + hours(30))
    assert paused.why == "Awaiting Customer Response"
    assert clocks(bob, ticket)[SOLVED, 1].counted_seconds == 2 * 3600


def test_an_answer_while_it_waits_still_ends_the_clock(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    change(bob, ticket, status=Status.AWAITING_CUSTOMER)
    assert states(bob, ticket) == {(FIRST, 1): PAUSED, (SOLVED, 1): PAUSED}
    clock.forward(days=3)
    view = say(bob, ticket)
    assert states(bob, ticket) == {(FIRST, 1): MET, (SOLVED, 1): PAUSED}
    # It is told when it would have been due had it gone on then.
    assert view.first_response_due == clock.now + hours(8)


# --- answers ----------------------------------------------------------------------------------


def test_only_a_person_of_the_staff_answers(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock, embedded: EmbeddedDesk
):
    say(alice, ticket)
    bob.tickets.comment(ticket.id, NewComment(body="Hm.", internal=True))
    assert states(bob, ticket) == {(FIRST, 1): RUNNING, (SOLVED, 1): RUNNING}
    clock.forward(hours=7)
    say(bob, ticket)
    first = clocks(bob, ticket)[FIRST, 1]
    assert (first.state, first.stopped_at, first.is_late) == (MET, clock.now, False)
    assert first.counted_seconds == 7 * 3600


def test_an_answer_at_the_due_time_is_too_late(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=8)
    view = say(bob, ticket)
    first = clocks(bob, ticket)[FIRST, 1]
    assert (first.state, first.is_late) == (MISSED, True)
    assert view.clock is not None
    assert not view.clock.is_late


def test_each_reply_of_the_customer_begins_one_clock_until_it_is_answered(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    say(bob, ticket)
    clock.forward(hours=1)
    asked = say(alice, ticket)
    assert asked.clock is not None
    assert (asked.clock.kind, asked.clock.due) == (NEXT, clock.now + hours(8))
    clock.forward(hours=1)
    assert say(alice, ticket).clock == asked.clock
    clock.forward(hours=1)
    say(bob, ticket)
    clock.forward(hours=1)
    say(alice, ticket)
    clock.forward(hours=9)
    say(bob, ticket)
    found = states(bob, ticket)
    assert (found[NEXT, 1], found[NEXT, 2]) == (MET, MISSED)
    assert (NEXT, 3) not in found
    assert clocks(bob, ticket)[NEXT, 1].counted_seconds == 2 * 3600


# --- the end, and after it --------------------------------------------------------------------


def test_solving_ends_every_clock(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=1)
    solved = change(bob, ticket, status=Status.RESOLVED)
    assert states(bob, ticket) == {(FIRST, 1): CANCELLED, (SOLVED, 1): MET}
    assert solved.clock is not None
    assert (solved.clock.kind, solved.clock.due) == (None, None)
    clock.forward(days=9)
    change(bob, ticket, status=Status.CLOSED)
    assert clocks(bob, ticket)[SOLVED, 1].counted_seconds == 3600
    stopped = bob.policies.clock(ticket.id).segments[-1]
    assert (stopped.state, stopped.why) == (SegmentState.STOPPED, "Resolved")
    assert (stopped.begin, stopped.end) == (ticket.created_at + hours(1), None)


def test_what_was_late_when_it_was_closed_stays_missed(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=73)
    alice.tickets.close(ticket.id, ticket.version)
    assert states(bob, ticket) == {(FIRST, 1): MISSED, (SOLVED, 1): MISSED}


def test_a_reopened_ticket_begins_a_second_round(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    say(bob, ticket, Status.RESOLVED)
    clock.forward(days=2)
    reopened = say(alice, ticket)
    assert reopened.resolution_due == clock.now + hours(72)
    assert states(bob, ticket) == {
        (FIRST, 1): MET, (SOLVED, 1): MET, (SOLVED, 2): RUNNING, (NEXT, 1): RUNNING,
    }  # fmt: skip
    assert clocks(bob, ticket)[SOLVED, 2].counted_seconds == 0
    last = bob.policies.clock(ticket.id).segments[-1]
    assert (last.cause, last.begin) == (SegmentCause.REOPENED, clock.now)


def test_a_ticket_reopened_unanswered_waits_for_its_first_answer_again(
    alice: HelpDesk, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    alice.tickets.close(ticket.id, ticket.version)
    clock.forward(days=2)
    view = alice.tickets.reopen(ticket.id, Reopening())
    assert states(bob, ticket)[FIRST, 2] is RUNNING
    assert view.first_response_due == clock.now + hours(8)


# --- other policies ---------------------------------------------------------------------------


def test_another_priority_keeps_what_was_counted(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=2)
    view = change(bob, ticket, priority=Priority.HIGH)
    assert view.resolution_due == ticket.created_at + hours(24)
    solved = clocks(bob, ticket)[SOLVED, 1]
    assert (solved.target_seconds, solved.counted_seconds) == (24 * 3600, 2 * 3600)
    last = bob.policies.clock(ticket.id).segments[-1]
    assert (last.cause, last.begin) == (SegmentCause.PRIORITY, clock.now)
    assert last.actor is not None
    assert last.actor.full_name == "Bob Keller"


def test_another_priority_leaves_alone_what_was_answered(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(hours=5)
    due = say(bob, ticket).first_response_due
    assert due == ticket.created_at + hours(8)
    assert change(bob, ticket, priority=Priority.URGENT).first_response_due == due
    assert clocks(bob, ticket)[FIRST, 1].due == due


def test_another_category_may_bring_other_hours(
    sign_in: SignIn, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    """Six hours around the clock, then two more within office hours, of ten in all."""
    target = Target(priority=Priority.MEDIUM, first_response=600, resolution=600)
    with_policy(seated(sign_in, "dana"), target, category_ids=(2,))
    clock.forward(hours=6)
    view = change(bob, ticket, category_id=2)
    assert view.resolution_due == datetime(2026, 11, 24, 11, tzinfo=UTC)
    clock.forward(hours=4)
    told = bob.policies.clock(ticket.id)
    assert told.policy == "Fast"
    assert [(each.state, each.why) for each in told.segments] == [
        (SegmentState.COUNTED, "Around the clock, policy Standard"),
        (SegmentState.COUNTED, "Office, policy Fast"),
        (SegmentState.OUT_OF_HOURS, "outside of Office"),
    ]
    assert told.segments[-1].begin == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert told.segments[-1].end is None
    assert clocks(bob, ticket)[SOLVED, 1].counted_seconds == 8 * 3600
    assert change(bob, ticket, category_id=1).resolution_due == clock.now + hours(72 - 8)


def test_a_priority_that_no_policy_measures_has_no_clocks(
    sign_in: SignIn, bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    dana = seated(sign_in, "dana")
    (standard,) = dana.policies.all()
    with_policy(dana, Target(priority=Priority.HIGH, first_response=60))
    dana.policies.remove(standard.id)
    high = change(bob, ticket, priority=Priority.HIGH)
    assert (high.first_response_due, high.resolution_due) == (clock.now + hours(1), None)
    assert states(bob, ticket) == {(FIRST, 1): RUNNING, (SOLVED, 1): CANCELLED}
    clock.forward(minutes=30)
    low = change(bob, ticket, priority=Priority.LOW)
    assert (low.clock, low.first_response_due, low.resolution_due) == (None, None, None)
    told = bob.policies.clock(ticket.id).segments[-1]
    assert (told.state, told.why) == (SegmentState.PAUSED, "no service level applies")
    clock.forward(days=1)
    again = change(bob, ticket, priority=Priority.HIGH)
    assert again.first_response_due == clock.now + minutes(30)


@pytest.mark.parametrize("is_answered", [False, True])
def test_a_next_response_goes_on_when_it_is_measured_again(
    sign_in: SignIn,
    alice: HelpDesk,
    bob: HelpDesk,
    ticket: TicketView,
    embedded: EmbeddedDesk,
    clock: SettableClock,
    *,
    is_answered: bool,
):
    dana = seated(sign_in, "dana")
    fast = with_policy(dana, Target(priority=Priority.HIGH, resolution=6000))
    say(bob, ticket)
    clock.forward(hours=1)
    asked_at = clock.now
    say(alice, ticket)
    clock.forward(hours=1)
    change(bob, ticket, priority=Priority.HIGH)
    assert states(bob, ticket)[NEXT, 1] is CANCELLED
    clock.forward(hours=1)
    # What is asked besides, or while nothing measures it, begins nothing anew.
    say(alice, ticket)
    if is_answered:
        say(bob, ticket)
    view = change(bob, ticket, priority=Priority.MEDIUM)
    assert states(bob, ticket)[NEXT, 1] is (CANCELLED if is_answered else RUNNING)
    assert (NEXT, 2) not in states(bob, ticket)
    assert view.clock is not None
    assert (view.clock.kind is NEXT) == (not is_answered)
    if not is_answered:
        assert view.clock.due == asked_at + hours(8)
    elsewhere = change(bob, ticket, priority=Priority.HIGH)
    assert elsewhere.clock is not None
    assert elsewhere.clock.kind is SOLVED
    dana.policies.remove(fast)
    keep_clocks(embedded, clock.now)
    assert (states(bob, ticket)[NEXT, 1] is RUNNING) == (not is_answered)


def test_a_policy_that_is_removed_is_not_made_again(
    sign_in: SignIn, alice: HelpDesk, embedded: EmbeddedDesk, clock: SettableClock
):
    alice.tickets.open(NewTicket(subject="x"))
    dana = seated(sign_in, "dana")
    for policy in dana.policies.all():
        dana.policies.remove(policy.id)
    keep_clocks(embedded, clock.now)
    view = alice.tickets.open(NewTicket(subject="x"))
    assert (view.clock, view.first_response_due, view.resolution_due) == (None, None, None)
    assert dana.policies.all() == ()


# --- odd clocks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "then",
    [
        lambda alice, bob, ticket: say(alice, ticket),
        lambda alice, bob, ticket: say(bob, ticket, Status.RESOLVED),
        lambda alice, bob, ticket: change(bob, ticket, priority=Priority.URGENT),
        lambda alice, bob, ticket: say(bob, ticket),
    ],
    ids=["resumed", "resolved", "another priority", "answered"],
)
def test_nothing_is_negative_when_the_clock_was_set_back(
    alice: HelpDesk,
    bob: HelpDesk,
    ticket: TicketView,
    clock: SettableClock,
    then: Callable[[HelpDesk, HelpDesk, TicketView], object],
):
    clock.forward(hours=5)
    change(bob, ticket, status=Status.AWAITING_CUSTOMER)
    clock.forward(hours=-50)
    then(alice, bob, ticket)
    told = bob.policies.clock(ticket.id)
    assert [each.begin for each in told.segments] == sorted(each.begin for each in told.segments)
    for before, after in zip(told.segments, told.segments[1:], strict=False):
        assert before.end == after.begin
    for each in told.clocks:
        assert 0 <= each.counted_seconds <= 5 * 3600
        assert each.stopped_at is None or each.stopped_at >= each.started_at


def test_a_reply_that_nobody_wrote_is_no_answer(
    bob: HelpDesk, ticket: TicketView, embedded: EmbeddedDesk, clock: SettableClock
):
    from helpdesk.core.permissions import SYSTEM
    from helpdesk.services.clocks import Clocks
    from helpdesk.services.work import Context, Transacted, Work

    executor = embedded.executor
    with embedded.database.writing() as session:
        desk = Transacted(session, SYSTEM)
        context = Context(
            actor=SYSTEM, token=None, now=clock.now, settings=embedded.settings,
            registry=executor._callers.registry,  # noqa: SLF001
            read_only=False, place="", source="",
        )  # fmt: skip
        work = Work(context, desk, lambda _writes, _effect: pytest.fail("no step"))
        found = session.get(Ticket, ticket.id)
        assert found is not None
        changes = TicketChanges(work, found)
        changes.add_comment(NewComment(body="Try this."), 3, by_staff=True, automatic=True)
        Clocks(work).follow(changes)
    assert states(bob, ticket) == {(FIRST, 1): RUNNING, (SOLVED, 1): RUNNING}
