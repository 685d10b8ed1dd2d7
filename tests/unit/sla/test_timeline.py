# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts of a ticket's time equals what somebody finds who walks it minute by minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpdesk.core.schemas.clocks import SegmentState
from helpdesk.core.schemas.sla import Slot
from helpdesk.core.schemas.tickets import Status
from helpdesk.sla.calendar import WorkingCalendar
from helpdesk.sla.timeline import Stretch, Timeline, is_late, next_step, state_of

BEGIN = datetime(2026, 3, 20, tzinfo=UTC)
"""A Friday before clocks are set forward in Europe, and after they were in America."""
WINDOW = 30 * 24 * 60
MINUTE = timedelta(minutes=1)
WEEK = range(7)
DAYS_OFF = {date(2026, 4, 3): "Good Friday", date(2026, 4, 6): "Easter Monday"}
Hours = tuple[str, tuple[tuple[int, int, int], ...], dict[date, str]]
HOURS: tuple[Hours, ...] = (
    ("UTC", tuple((day, 0, 1440) for day in WEEK), {}),
    ("Europe/Berlin", tuple((day, b, e) for day in range(5) for b, e in ((480, 720), (780, 1020))),
     DAYS_OFF),
    ("America/New_York", tuple((day, 1320, 1800) for day in WEEK), {}),
    ("Pacific/Kiritimati", ((6, 60, 65), (2, 600, 601)), {}),
)  # fmt: skip
CALENDARS = tuple(
    WorkingCalendar(zone, [Slot(day=d, begin=b, end=e) for d, b, e in slots], off)
    for zone, slots, off in HOURS
)


def works(hours: Hours, moment: datetime) -> bool:
    """Tell by the wall clock whether somebody works in a minute."""
    zone, slots, off = hours
    wall = moment.astimezone(ZoneInfo(zone))
    minute, yesterday = wall.hour * 60 + wall.minute, (wall.weekday() - 1) % 7
    inside = any(day == wall.weekday() and b <= minute < e for day, b, e in slots)
    over_midnight = any(day == yesterday and b <= minute + 1440 < e for day, b, e in slots)
    return wall.date() not in off and (inside or over_midnight)


WALKED = [[works(hours, BEGIN + minute * MINUTE) for minute in range(WINDOW)] for hours in HOURS]

Cuts = list[tuple[int, int | None]]
"""From which minute on time is counted by which calendar, or by none."""


def stretches_of(cuts: Cuts) -> list[Stretch]:
    moments = [BEGIN + minute * MINUTE for minute, _ in cuts]
    return [
        Stretch(moment, end, None if number is None else CALENDARS[number])
        for (_, number), moment, end in zip(cuts, moments, [*moments[1:], None], strict=True)
    ]


def counts_in(cuts: Cuts, minute: int) -> bool:
    """Tell whether a minute counts, walking from the first cut."""
    number = None
    for at, each in cuts:
        if at <= minute:
            number = each
    return number is not None and WALKED[number][minute]


def walked(cuts: Cuts, since: int, until: int) -> int:
    return sum(counts_in(cuts, minute) for minute in range(since, until))


def walked_due(cuts: Cuts, since: int, target: int) -> int | None:
    """Return the minute by which so many have counted, or ``None`` within the window."""
    for minute in range(since, WINDOW):
        target -= counts_in(cuts, minute)
        if not target:
            return minute + 1
    return None


minutes = st.integers(0, 12 * 24 * 60)
calendars = st.one_of(st.none(), st.integers(0, len(CALENDARS) - 1))
timelines = st.lists(st.tuples(minutes, calendars), min_size=1, max_size=8).map(
    lambda cuts: sorted(cuts, key=lambda cut: cut[0])
)


@settings(max_examples=250)
@given(cuts=timelines, since=minutes, until=minutes, target=st.integers(1, 4000))
@example(cuts=[(0, 1), (13000, None), (13000, 2)], since=9000, until=13500, target=480)
def test_what_counts_is_what_a_walker_counts(cuts: Cuts, since: int, until: int, target: int):
    timeline = Timeline(stretches_of(cuts))
    begin, end = BEGIN + since * MINUTE, BEGIN + until * MINUTE
    assert timeline.counted(begin, end) == 60 * walked(cuts, since, until)
    due = timeline.due(begin, 60 * target)
    expected = walked_due(cuts, since, target)
    if expected is None:
        assert due is None or due > BEGIN + (WINDOW - 1) * MINUTE
    else:
        assert due == BEGIN + expected * MINUTE


@settings(max_examples=150)
@given(
    cuts=timelines, since=minutes, at=minutes, targets=st.lists(st.integers(1, 3000), max_size=3)
)
def test_another_target_keeps_what_has_counted(
    cuts: Cuts, since: int, at: int, targets: Sequence[int]
):
    """Changing the target, and coming back to the first, moves nothing that has counted."""
    timeline = Timeline(stretches_of(cuts))
    begin, now = BEGIN + since * MINUTE, BEGIN + at * MINUTE
    before = timeline.counted(begin, now)
    for target in targets:
        due = timeline.due(begin, 60 * target)
        if due is not None:
            assert timeline.counted(begin, due) == 60 * target
            assert timeline.counted(begin, due - MINUTE) < 60 * target
            assert is_late(due, now) == (before >= 60 * target)
    assert timeline.counted(begin, now) == before


def test_a_pause_moves_the_due_time_by_its_length():
    """Four hours, half an hour used, paused over the weekend, and resumed at noon on Monday."""
    friday, monday = BEGIN + timedelta(hours=9), BEGIN + timedelta(days=3, hours=12)
    office = WorkingCalendar(
        "UTC", [Slot(day=day, begin=9 * 60, end=17 * 60) for day in range(5)], {}
    )
    asked = friday + timedelta(minutes=30)
    paused = [Stretch(friday, asked, office), Stretch(asked, None, None)]
    assert Timeline(paused).due(friday, 4 * 3600) is None
    assert Timeline(paused).due_if_resumed(friday, 4 * 3600, monday) == monday + timedelta(
        hours=3, minutes=30
    )
    resumed = [paused[0], Stretch(asked, monday, None), Stretch(monday, None, office)]
    assert Timeline(resumed).due(friday, 4 * 3600) == monday + timedelta(hours=3, minutes=30)


def test_where_nothing_has_ever_counted_nothing_is_due():
    timeline = Timeline([Stretch(BEGIN, None, None)])
    assert timeline.due(BEGIN, 60) is None
    assert timeline.due_if_resumed(BEGIN, 60, BEGIN) is None
    assert timeline.counted(BEGIN, BEGIN + timedelta(days=9)) == 0


@pytest.mark.parametrize(
    ("after", "minute"), [(None, -30), (-31, -30), (-30, 0), (-1, 0), (0, 240), (240, None)]
)
def test_the_next_step_is_the_first_that_lies_ahead(after: int | None, minute: int | None):
    moment = None if after is None else BEGIN + after * MINUTE
    expected = None if minute is None else BEGIN + minute * MINUTE
    assert next_step(BEGIN, (240, -30), moment) == expected


def test_only_open_tickets_that_wait_for_nobody_count():
    counted = {status for status in Status if state_of(status) is SegmentState.COUNTED}
    assert counted == {Status.NEW, Status.OPEN, Status.IN_PROGRESS}
    assert state_of(Status.AWAITING_CUSTOMER) is SegmentState.PAUSED
