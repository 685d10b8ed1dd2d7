# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to a ticket, its due times are those that somebody finds minute by minute.

The walker knows what was done and when, and nothing of segments: each minute from the beginning
of a clock it asks whether the ticket waited, by which hours it was measured then, and whether
anybody worked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.client.embedded import EmbeddedDesk
from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.clocks import ClockKind, SegmentState, TicketClock
from helpdesk.core.schemas.sla import (
    CalendarChange,
    CalendarSettings,
    PolicySettings,
    Slot,
    Target,
)
from helpdesk.core.schemas.tickets import (
    NewComment,
    NewTicket,
    Priority,
    Reopening,
    Status,
    TicketChange,
)
from helpdesk.jobs.sla import keep_clocks
from helpdesk.models import SlaSegment
from tests.conftest import SettableClock
from tests.contract.desks import opened, person
from tests.matrix import LOCAL_SQLITE
from tests.seated import seated

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE)

BEGIN = datetime(2026, 10, 22, 6, tzinfo=UTC)
"""A Thursday before clocks are set back in Berlin."""
MINUTE = timedelta(minutes=1)
FIRST, NEXT, SOLVED = ClockKind
TARGETS = {
    Priority.LOW: (300, 240, 1500),
    Priority.MEDIUM: (120, 60, 700),
    Priority.HIGH: (45, 30, 333),
    Priority.URGENT: (15, 10, 120),
}
AROUND, OFFICE, CHANGED = 0, 1, 2
HOURS = (
    ("UTC", tuple((day, 0, 1440) for day in range(7))),
    ("Europe/Berlin", tuple((day, 480, 1020) for day in range(5))),
    ("Europe/Berlin", tuple((day, 1320, 1860) for day in range(7))),
)
"""By which minutes count: always, in an office, and by night as the office has it later."""
BY_OFFICE = (Priority.LOW, Priority.HIGH)
WINDOW = 40 * 24 * 60


def worked(zone: str, slots: tuple[tuple[int, int, int], ...], minute: int) -> bool:
    wall = (BEGIN + minute * MINUTE).astimezone(ZoneInfo(zone))
    here, before = wall.hour * 60 + wall.minute, (wall.weekday() - 1) % 7
    return any(
        (day == wall.weekday() and begin <= here < end)
        or (day == before and begin <= here + 1440 < end)
        for day, begin, end in slots
    )


WORKED = [[worked(zone, slots, minute) for minute in range(WINDOW)] for zone, slots in HOURS]


@dataclass
class Log:
    """How a ticket stands, and which minutes counted until now."""

    hours: int
    waits: bool = False
    walked: list[bool] = field(default_factory=list)

    def walk(self, now: int) -> None:
        """Note each minute up to now, before anything is done that changes how it stands."""
        while len(self.walked) < now:
            self.walked.append(not self.waits and WORKED[self.hours][len(self.walked)])

    def due(self, since: int, target: int) -> int | None:
        """Return the minute by which so many have counted, if it goes on as it is."""
        if self.waits:
            return None
        left = target - sum(self.walked[since:])
        if left <= 0:
            counted = [at for at in range(since, len(self.walked)) if self.walked[at]]
            return counted[target - 1] + 1
        for minute in range(max(since, len(self.walked)), WINDOW):
            left -= WORKED[self.hours][minute]
            if not left:
                return minute + 1
        return None


class Story:
    """A ticket that things are done to, and what the walker expects of it."""

    def __init__(self, desk: Desk, priority: Priority, begun: int = 0) -> None:
        self.desk, self.now, self.priority = desk, begun, priority
        self.begun = BEGIN + begun * MINUTE
        desk.clock.now = self.begun
        self.status = Status.NEW
        self.log = Log(desk.hours_of(priority), walked=[False] * begun)
        self.began: dict[ClockKind, int | None] = {FIRST: begun, NEXT: None, SOLVED: begun}
        self.is_answered = False
        new = NewTicket(subject="x", priority=priority)
        self.id = desk.alice.tickets.open(new).id

    def do(self, what: str) -> None:
        getattr(self, what)()

    def later(self, minutes: int) -> None:
        self.now += minutes
        self.log.walk(self.now)
        self.desk.clock.now = BEGIN + self.now * MINUTE

    def ask(self) -> None:
        """Wait for the customer."""
        if self.status.is_open and self.status is not Status.AWAITING_CUSTOMER:
            self._say(Status.AWAITING_CUSTOMER)
            self._answered()
            self._waits(True)

    def answer(self) -> None:
        if self.status.is_open:
            self._say(Status.IN_PROGRESS)
            self._answered()
            self._waits(False)

    def reply(self) -> None:
        """Let the customer write, which reopens what was solved."""
        if self.status is Status.CLOSED:
            return
        self.desk.alice.tickets.comment(self.id, NewComment(body="x"))
        self._opened()
        if self.is_answered and self.began[NEXT] is None:
            self.began[NEXT] = self.now

    def solve(self) -> None:
        if self.status.is_open:
            self._change(status=Status.RESOLVED)
            self._ended()

    def close(self) -> None:
        if self.status is not Status.CLOSED:
            self._change(status=Status.CLOSED)
            self._ended()

    def reopen(self) -> None:
        if not self.status.is_open:
            self.desk.alice.tickets.reopen(self.id, Reopening())
            self._opened()

    def hurry(self) -> None:
        """Change the priority, and with it targets and hours."""
        order = tuple(Priority)
        self.priority = order[(order.index(self.priority) + 1) % len(order)]
        self._change(priority=self.priority)
        self._measured_by_now()

    def other_hours(self) -> None:
        """Let the office work at other hours from now on."""
        self.desk.work_by_night(not self.desk.by_night)
        keep_clocks(self.desk.embedded, self.desk.clock.now)
        if self.status.is_open:
            self._measured_by_now()

    def sweep(self) -> None:
        keep_clocks(self.desk.embedded, self.desk.clock.now)

    # --- what is known ---

    def check(self) -> None:
        view, told = self.desk.bob.tickets.view(self.id), self.desk.bob.policies.clock(self.id)
        if self.status.is_open:
            targets = dict(zip(ClockKind, TARGETS[self.priority], strict=True))
            running = {each.kind: each for each in told.clocks if each.stopped_at is None}
            assert running.keys() == {kind for kind, at in self.began.items() if at is not None}
            for kind, each in running.items():
                since = self.began[kind] or 0
                due = self.log.due(since, targets[kind])
                assert each.due == (None if due is None else BEGIN + due * MINUTE), kind
                counted = sum(self.log.walked[since:])
                assert each.counted_seconds == 60 * counted, kind
                assert each.is_late == (counted >= targets[kind]), kind
            assert view.resolution_due == running[SOLVED].due
            if FIRST in running:
                assert view.first_response_due == running[FIRST].due
            assert view.clock is not None
            assert view.clock.due == min(
                (each.due for each in running.values() if each.due), default=None
            )
        self._is_whole(told)

    def _is_whole(self, told: TicketClock) -> None:
        """Nothing overlaps and nothing is missing, in the table as in what is told."""
        with self.desk.embedded.database.reading() as session:
            rows = session.query(SlaSegment).filter_by(ticket_id=self.id).order_by(SlaSegment.id)
            segments = [(each.begins_at, each.ends_at) for each in rows]
        parts = [(each.begin, each.end) for each in told.segments]
        for spans in (segments, parts):
            assert spans[0][0] == self.begun
            assert spans[-1][1] is None
            assert all(before[1] == after[0] for before, after in pairwise(spans))
        for part in told.segments:
            if part.state in {SegmentState.COUNTED, SegmentState.OUT_OF_HOURS} and part.end:
                moment = (part.begin - BEGIN) // MINUTE
                assert self.log.walked[moment] == (part.state is SegmentState.COUNTED)

    def _say(self, status: Status) -> None:
        new = NewComment(body="x", status=None if status is self.status else status)
        self.desk.bob.tickets.comment(self.id, new)
        self.status = status

    def _change(self, **fields: object) -> None:
        version = self.desk.bob.tickets.view(self.id).version
        change = TicketChange.model_validate({**fields, "version": version})
        self.status = self.desk.bob.tickets.change(self.id, change).status

    def _answered(self) -> None:
        self.is_answered = True
        self.began[FIRST] = self.began[NEXT] = None

    def _ended(self) -> None:
        self.began = dict.fromkeys(ClockKind)
        self._waits(True)

    def _opened(self) -> None:
        """Note that the customer's turn is over, or that a new round has begun."""
        if not self.status.is_open:
            self.began[SOLVED] = self.now
            self.began[FIRST] = None if self.is_answered else self.now
        elif self.status is not Status.AWAITING_CUSTOMER:
            return
        self.status = Status.OPEN
        self._waits(False)

    def _waits(self, waits: bool) -> None:
        self.log.waits = waits
        if not waits:
            self._measured_by_now()

    def _measured_by_now(self) -> None:
        self.log.hours = self.desk.hours_of(self.priority)


class Desk:
    """A desk whose policies count by two calendars."""

    def __init__(self, embedded: EmbeddedDesk, clock: SettableClock) -> None:
        self.embedded, self.clock, self.by_night = embedded, clock, False
        self._signed_in: dict[str, tuple[datetime, HelpDesk]] = {}
        self.alice, self.bob, self.dana = (
            seated(self._sign_in, name) for name in ("alice", "bob", "dana")
        )
        for policy in self.dana.policies.all():
            self.dana.policies.remove(policy.id)
        around = self.dana.calendars.add(calendar("Around", AROUND)).id
        self.office = self.dana.calendars.add(calendar("Office", OFFICE)).id
        for calendar_id, is_office in ((around, False), (self.office, True)):
            priorities = [each for each in Priority if (each in BY_OFFICE) is is_office]
            targets = tuple(target(priority) for priority in priorities)
            new = PolicySettings(name=f"By {calendar_id}", calendar_id=calendar_id, targets=targets)
            self.dana.policies.add(new)
        for rule in self.dana.rules.all():
            self.dana.rules.remove(rule.id)

    def hours_of(self, priority: Priority) -> int:
        if priority not in BY_OFFICE:
            return AROUND
        return CHANGED if self.by_night else OFFICE

    def work_by_night(self, by_night: bool) -> None:
        if by_night is self.by_night:
            return
        before = next(each for each in self.dana.calendars.all() if each.id == self.office)
        wanted = calendar("Office", CHANGED if by_night else OFFICE)
        change = CalendarChange(**wanted.model_dump(), version=before.version)
        self.dana.calendars.change(self.office, change)
        self.by_night = by_night

    def _sign_in(self, username: str) -> HelpDesk:
        """Return who has just signed in, or else signs in: that takes longest of all."""
        now, (at, _) = self.clock.now, self._signed_in.get(username, (None, None))
        if at is None or not timedelta(0) <= now - at < timedelta(hours=1):
            self._signed_in[username] = now, person(self.embedded, username)
        return self._signed_in[username][1]


def calendar(name: str, number: int) -> CalendarSettings:
    zone, slots = HOURS[number]
    made = tuple(Slot(day=day, begin=begin, end=end) for day, begin, end in slots)
    return CalendarSettings(name=name, time_zone=zone, slots=made)


def target(priority: Priority) -> Target:
    first, later, solved = TARGETS[priority]
    return Target(priority=priority, first_response=first, next_response=later, resolution=solved)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[Desk]:
    clock = SettableClock()
    clock.now = BEGIN
    with opened(tmp_path_factory.mktemp("random"), template, clock) as embedded:
        keep_clocks(embedded, clock.now)
        yield Desk(embedded, clock)


deeds = st.sampled_from(
    ["ask", "answer", "reply", "reply", "solve", "close", "reopen", "hurry", "other_hours", "sweep"]
)
steps = st.lists(
    st.tuples(st.one_of(st.integers(0, 90), st.integers(0, 3000)), deeds), min_size=1, max_size=9
)


@settings(max_examples=30)
@given(priority=st.sampled_from(Priority), steps=steps)
def test_due_times_are_what_a_walker_finds(
    desk: Desk, priority: Priority, steps: list[tuple[int, str]]
):
    desk.clock.now = BEGIN - timedelta(days=1)
    desk.work_by_night(False)
    story = Story(desk, priority)
    try:
        for minutes, deed in steps:
            story.later(minutes)
            story.do(deed)
            story.check()
        story.later(777)
        story.check()
    finally:
        story.close()
