# SPDX-License-Identifier: GPL-3.0-or-later
"""The time of a ticket as it is explained: part by part, why, and never more than can be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.errors import NotFound
from helpdesk.core.schemas.clocks import ClockKind, SegmentCause, SegmentState
from helpdesk.core.schemas.sla import CalendarSettings, OwnHoliday, PolicySettings, Slot, Target
from helpdesk.core.schemas.tickets import NewComment, NewTicket, Priority, Status, TicketView
from helpdesk.models import SlaSegment
from helpdesk.services.clock_view import PARTS_TOLD
from tests.conftest import SettableClock, SignIn
from tests.matrix import LOCAL_SQLITE
from tests.seated import seated

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE)

OFFICE = CalendarSettings(
    name="Office",
    time_zone="Europe/Berlin",
    slots=tuple(Slot(day=day, begin=9 * 60, end=17 * 60) for day in range(5)),
    holidays=(OwnHoliday(day="2026-11-25", name="Founders' Day"),),
)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bob(sign_in: SignIn) -> HelpDesk:
    return seated(sign_in, "bob")


@pytest.fixture
def ticket(sign_in: SignIn) -> TicketView:
    """Return a ticket of a Monday at nine in London, which is ten in Berlin."""
    dana = seated(sign_in, "dana")
    calendar = dana.calendars.add(OFFICE)
    target = Target(priority=Priority.MEDIUM, first_response=600, resolution=3000)
    policy = PolicySettings(name="Berlin", calendar_id=calendar.id, targets=(target,))
    dana.policies.add(policy)
    return seated(sign_in, "alice").tickets.open(NewTicket(subject="No tone"))


def test_every_minute_is_told_and_why(bob: HelpDesk, ticket: TicketView, clock: SettableClock):
    clock.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    bob.tickets.comment(ticket.id, NewComment(body="Which?", status=Status.AWAITING_CUSTOMER))
    clock.now = datetime(2026, 11, 24, 15, tzinfo=UTC)
    bob.tickets.comment(ticket.id, NewComment(body="Found it.", status=Status.IN_PROGRESS))
    clock.now = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    told = bob.policies.clock(ticket.id)
    hours = "Office, policy Berlin"
    assert [(f"{each.begin:%d %H:%M}", each.state.value, each.why) for each in told.segments] == [
        ("23 09:00", "counted", hours),
        ("23 16:00", "out_of_hours", "outside of Office"),
        ("24 08:00", "counted", hours),
        ("24 09:00", "paused", "Awaiting Customer Response"),
        ("24 15:00", "counted", hours),
        ("24 16:00", "out_of_hours", "outside of Office"),
        ("24 23:00", "out_of_hours", "Founders' Day"),
        ("25 23:00", "out_of_hours", "outside of Office"),
        ("26 08:00", "counted", hours),
    ]
    for before, after in zip(told.segments, told.segments[1:], strict=False):
        assert before.end == after.begin
    assert told.segments[-1].end is None
    assert (told.time_zone, told.calendar, told.is_whole) == ("Europe/Berlin", "Office", True)
    solved = next(each for each in told.clocks if each.kind is ClockKind.RESOLUTION)
    counted = [
        ((each.end or told.at) - each.begin) // MINUTE
        for each in told.segments
        if each.state is SegmentState.COUNTED
    ]
    assert solved.counted_seconds == 60 * sum(counted) == 60 * (420 + 60 + 60 + 30)


def test_of_a_long_history_the_newest_parts_are_told(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock
):
    clock.forward(days=3 * 365)
    told = bob.policies.clock(ticket.id)
    assert (len(told.segments), told.is_whole) == (PARTS_TOLD, False)
    assert told.segments[-1].end is None
    assert told.segments[-1].begin < clock.now
    for before, after in zip(told.segments, told.segments[1:], strict=False):
        assert before.end == after.begin
        assert (before.state, before.why) != (after.state, after.why)


def test_all_of_a_long_history_is_counted_though_the_newest_is_told(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock, embedded: EmbeddedDesk
):
    """Seven hundred pauses of a minute, one each second minute, around the clock."""
    pauses, begin = 700, ticket.created_at
    with embedded.database.writing() as session:
        (first,) = session.query(SlaSegment).all()
        first.ends_at = begin + MINUTE
        for number in range(1, 2 * pauses):
            counts = number % 2 == 0
            at = begin + number * MINUTE
            session.add(
                SlaSegment(
                    ticket_id=ticket.id, begins_at=at, cause=SegmentCause.STATUS, detail="x",
                    ends_at=None if number == 2 * pauses - 1 else at + MINUTE,
                    state=SegmentState.COUNTED if counts else SegmentState.PAUSED,
                    revision_id=first.revision_id if counts else None,
                )
            )  # fmt: skip
    clock.forward(minutes=2 * pauses)
    told = bob.policies.clock(ticket.id)
    assert (len(told.segments), told.is_whole) == (PARTS_TOLD, False)
    # Of each second minute from 10 to 17 in Berlin, and from 9 on the next day.
    worked = 7 * 30 + max(0, (2 * pauses - 23 * 60) // 2)
    assert {each.counted_seconds for each in told.clocks} == {60 * worked}


def test_what_took_no_time_is_left_out(
    bob: HelpDesk, ticket: TicketView, clock: SettableClock, embedded: EmbeddedDesk
):
    bob.tickets.comment(ticket.id, NewComment(body="Which?", status=Status.AWAITING_CUSTOMER))
    bob.tickets.comment(ticket.id, NewComment(body="Ah.", status=Status.IN_PROGRESS))
    with embedded.database.reading() as session:
        assert session.query(SlaSegment).count() == 3
    clock.forward(minutes=1)
    (part,) = bob.policies.clock(ticket.id).segments
    assert (part.state, part.begin) == (SegmentState.COUNTED, ticket.created_at)


def test_a_ticket_without_clocks_has_nothing_to_explain(
    bob: HelpDesk, ticket: TicketView, embedded: EmbeddedDesk
):
    with embedded.database.writing() as session:
        for table in ("sla_segment", "sla_clock", "ticket_sla"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
    told = bob.policies.clock(ticket.id)
    assert (told.policy, told.clocks, told.segments, told.is_whole) == (None, (), (), True)


def test_nobody_sees_the_clock_of_a_ticket_they_may_not_see(sign_in: SignIn, ticket: TicketView):
    with pytest.raises(NotFound):
        sign_in("erin").policies.clock(ticket.id)
    with pytest.raises(NotFound):
        sign_in("bob").policies.clock(10**9)
