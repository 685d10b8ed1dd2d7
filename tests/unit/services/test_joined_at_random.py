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


class Pair:
    """Two tickets that things are done to, of which one is merged into the other for a while."""

    def __init__(
        self, desk: Desk, priorities: tuple[Priority, Priority], begun: tuple[int, int]
    ) -> None:
        self.desk, self.is_merged = desk, False
        if begun[0] <= begun[1]:
            self.survivor = Survivor(desk, priorities[0], begun[0])
            self.merged = Story(desk, priorities[1], begun[1])
        else:
            self.merged = Story(desk, priorities[1], begun[1])
            self.survivor = Survivor(desk, priorities[0], begun[0])
        self.both = (self.survivor, self.merged)
        for each in self.both:
            each.later(max(begun) - each.now)

    def do(self, minutes: int, story: Story, deed: str) -> None:
        for each in self.both:
            each.later(minutes)
        story.do(deed)
        if deed == "other_hours":
            self._measured_by_now()

    def merge(self) -> None:
        self.survivor.reopen()
        self.survivor.take_up(self.merged)
        self.is_merged = True
        told = self.desk.bob.policies.clock(self.merged.id)
        states = {each.kind: each.state for each in told.clocks}
        assert all(each.stopped_at is not None for each in told.clocks)
        for kind, since in self.merged.began.items():
            assert since is None or states[kind] is ClockState.MERGED

    def part(self) -> None:
        ids, status = (self.survivor.id, self.merged.id), self.merged.status
        part(self.desk.embedded, self.desk.clock.now, *ids, status)
        self.is_merged = False
        self.survivor.let_go()
        self._measured_by_now()

    def close(self) -> None:
        for each in self.both:
            with suppress(Invalid):
                each.close()

    def _measured_by_now(self) -> None:
        for each in (self.survivor,) if self.is_merged else self.both:
            if each.status.is_open:
                each._measured_by_now()  # noqa: SLF001


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


@settings(max_examples=8)
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
    pair = Pair(desk, priorities, begun)
    try:
        for minutes, who, deed in before:
            pair.do(minutes, pair.both[who], deed)
        pair.merge()
        pair.survivor.check()
        for minutes, deed in between:
            pair.do(minutes, pair.survivor, deed)
            pair.survivor.check()
        pair.part()
        for minutes, who, deed in [(0, 0, "sweep"), *after]:
            pair.do(minutes, pair.both[who], deed)
            for each in pair.both:
                each.check()
        assert examine(desk.embedded.database).findings == ()
    finally:
        pair.close()
