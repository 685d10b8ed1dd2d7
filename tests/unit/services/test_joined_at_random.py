# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is done to two tickets before and after a merge, a walker finds the same due times.

The walker keeps what the merged ticket promised as it would have been counted there, minute by
minute, except that from the merge on it waits when the survivor does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.clocks import ClockKind, ClockState
from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.database.checks import examine
from helpdesk.jobs.sla import keep_clocks
from tests.conftest import SettableClock
from tests.contract.desks import opened
from tests.matrix import LOCAL_POSTGRESQL, LOCAL_SQLITE
from tests.unit.services.merging import merge, part
from tests.unit.services.test_clocks_at_random import (
    BEGIN,
    FIRST,
    MINUTE,
    NEXT,
    SOLVED,
    TARGETS,
    Desk,
    Log,
    Story,
)

pytestmark = pytest.mark.desk_kinds(LOCAL_SQLITE, LOCAL_POSTGRESQL)


@dataclass
class Promised:
    """What the merged ticket promised, and as which clock of the survivor it goes on."""

    log: Log
    since: int
    target: int
    goes_on_as: ClockKind


class Survivor(Story):
    """A ticket that another is merged into."""

    taken: tuple[Promised, ...] = ()
    asked: int | None = None
    """Since when its own customer waits for another answer."""

    def reply(self) -> None:
        super().reply()
        if self.status is not Status.CLOSED and self.is_answered:
            self.asked = self.now if self.asked is None else self.asked

    def let_go(self) -> None:
        """Undo the merge."""
        self.taken = ()
        self.began[NEXT] = self.asked

    def _answered(self) -> None:
        super()._answered()
        self.asked = None

    def _ended(self) -> None:
        super()._ended()
        self.asked = None

    def later(self, minutes: int) -> None:
        for each in self.taken:
            each.log.waits = self.log.waits
            each.log.walk(self.now + minutes)
        super().later(minutes)

    def take_up(self, merged: Story) -> None:
        """Merge the other ticket into this one."""
        counts = merged.status.is_open and merged.status is not Status.AWAITING_CUSTOMER
        merge(self.desk.embedded, self.desk.clock.now, self.id, merged.id)
        if self.status is Status.AWAITING_CUSTOMER and counts:
            self.status = Status.OPEN
            self._waits(False)
        targets = dict(zip(ClockKind, TARGETS[merged.priority], strict=True))
        found = []
        for kind, since in merged.began.items():
            if since is None:
                continue
            as_kind = kind
            if kind is not SOLVED:
                as_kind = FIRST if self.began[FIRST] is not None else NEXT
            if as_kind is NEXT and self.began[NEXT] is None:
                self.began[NEXT] = self.now
            log = Log(merged.log.hours, merged.log.waits, list(merged.log.walked))
            found.append(Promised(log, since, targets[kind], as_kind))
        self.taken = tuple(found)

    def check(self) -> None:
        self.taken = tuple(each for each in self.taken if self.began[each.goes_on_as] is not None)
        if not self.taken:
            super().check()
            return
        told = self.desk.bob.policies.clock(self.id)
        running = {each.kind: each for each in told.clocks if each.stopped_at is None}
        assert running.keys() == {kind for kind, at in self.began.items() if at is not None}
        targets = dict(zip(ClockKind, TARGETS[self.priority], strict=True))
        for kind, each in running.items():
            own = Promised(self.log, self.began[kind] or 0, targets[kind], kind)
            promises = [own, *(one for one in self.taken if one.goes_on_as is kind)]
            for one in promises:
                one.log.waits = self.log.waits
            dues = [one.log.due(one.since, one.target) for one in promises]
            due = min((one for one in dues if one is not None), default=None)
            assert each.due == (None if due is None else BEGIN + due * MINUTE), kind
            counted = [sum(one.log.walked[one.since :]) for one in promises]
            assert each.is_late == any(
                have >= one.target for have, one in zip(counted, promises, strict=True)
            )
            if due is not None:
                place = dues.index(due)
                assert each.target_seconds == 60 * promises[place].target, kind
                assert each.counted_seconds == 60 * counted[place], kind
                assert each.started_at == BEGIN + promises[place].since * MINUTE
                assert (each.taken is not None) == (place > 0)
        for each in running.values():
            # The bar adds up to what is said to be counted.
            segments = each.taken.segments if each.taken else told.segments
            parts = [one for one in segments if one.state.value == "counted"]
            ends = [(max(one.begin, each.started_at), one.end or told.at) for one in parts]
            length = sum((end - begin for begin, end in ends if end > begin), timedelta())
            assert length.total_seconds() == each.counted_seconds
        self._is_whole(told)


@pytest.fixture(scope="module")
def desk(
    tmp_path_factory: pytest.TempPathFactory, template: Path, desk_kind: str
) -> Iterator[Desk]:
    clock = SettableClock()
    clock.now = BEGIN
    place = tmp_path_factory.mktemp("joined")
    with opened(place, template, clock, desk_kind) as embedded:
        keep_clocks(embedded, clock.now)
        yield Desk(embedded, clock)


deeds = ["ask", "answer", "reply", "reply", "hurry", "other_hours", "sweep", "solve", "reopen"]
some = st.one_of(st.integers(0, 90), st.integers(0, 3000))
of_both = st.lists(st.tuples(some, st.integers(0, 1), st.sampled_from(deeds)), max_size=4)
of_one = st.lists(st.tuples(some, st.sampled_from(deeds)), max_size=4)


@settings(max_examples=12)
@given(
    priorities=st.tuples(st.sampled_from(Priority), st.sampled_from(Priority)),
    begun=st.tuples(st.integers(0, 600), st.integers(0, 600)),
    before=of_both, between=of_one, after=of_both,
)  # fmt: skip
def test_merged_and_parted_tickets_are_due_when_a_walker_finds_it(
    desk: Desk, priorities: tuple[Priority, Priority], begun: tuple[int, int],
    before: list[tuple[int, int, str]], between: list[tuple[int, str]],
    after: list[tuple[int, int, str]],
):  # fmt: skip
    desk.clock.now = BEGIN - timedelta(days=1)
    desk.work_by_night(False)
    begins = sorted(
        zip(begun, (Survivor, Story), priorities, strict=True), key=lambda each: each[0]
    )
    stories = {kind: kind(desk, priority, at) for at, kind, priority in begins}
    survivor, merged = stories[Survivor], stories[Story]
    assert isinstance(survivor, Survivor)
    both = (survivor, merged)
    for each in both:
        each.later(max(begun) - each.now)

    def do(minutes: int, story: Story, deed: str) -> None:
        for each in both:
            each.later(minutes)
        story.do(deed)
        if deed == "other_hours":
            other = merged if story is survivor else survivor
            if other.status.is_open and other not in ended:
                other._measured_by_now()  # noqa: SLF001

    ended: list[Story] = []
    try:
        for minutes, who, deed in before:
            do(minutes, both[who], deed)
        survivor.reopen()
        survivor.check()
        survivor.take_up(merged)
        ended.append(merged)
        survivor.check()
        told = desk.bob.policies.clock(merged.id)
        assert all(each.stopped_at is not None for each in told.clocks)
        states = {each.kind: each.state for each in told.clocks if each.kind in merged.began}
        for kind, since in merged.began.items():
            assert since is None or states[kind] is ClockState.MERGED
        for minutes, deed in between:
            do(minutes, survivor, deed)
            survivor.check()
        part(desk.embedded, desk.clock.now, survivor.id, merged.id, merged.status)
        ended.clear()
        survivor.let_go()
        if merged.status.is_open:
            merged._measured_by_now()  # noqa: SLF001
        if survivor.status.is_open:
            survivor._measured_by_now()  # noqa: SLF001
        for each in both:
            each.check()
        for minutes, who, deed in after:
            do(minutes, both[who], deed)
            both[who].check()
        assert examine(desk.embedded.database).findings == ()
    finally:
        for each in both:
            with suppress(Invalid):
                each.close()
