# SPDX-License-Identifier: GPL-3.0-or-later
"""A merge makes nobody wait longer, whatever was merged when, and undone it leaves no trace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.sla.joining import (
    Promise,
    Taken,
    due,
    due_if_resumed,
    goes_on_as,
    handed_on,
    joined,
    strictest,
    until,
)
from helpdesk.sla.timeline import Stretch, Timeline
from tests.unit.sla.test_timeline import (
    BEGIN,
    CALENDARS,
    HOURS,
    MINUTE,
    WALKED,
    WINDOW,
    Cuts,
    counts_in,
    minutes,
    stretches_of,
    timelines,
)

FIRST, NEXT, SOLVED = ClockKind
targets = st.integers(1, 4000)
MergedAt = tuple[Cuts, int, int, int]
"""The time of a ticket, since when and how much was promised, and when it was merged."""
merges = st.tuples(timelines, minutes, targets, minutes)


def moment(minute: int) -> datetime:
    return BEGIN + minute * MINUTE


def promise_of(cuts: Cuts, since: int, target: int) -> Promise:
    return Promise(tuple(stretches_of(cuts)), moment(since), 60 * target)


def taken_of(merge: MergedAt) -> Taken:
    """Return what another ticket takes up; what it did after the merge is not its own."""
    cuts, since, target, at = merge
    promise = promise_of(cuts, min(since, at), target)
    return Taken(Promise(tuple(until(promise.stretches, moment(at))), *_rest(promise)), moment(at))


def _rest(promise: Promise) -> tuple[datetime, int]:
    return promise.since, promise.seconds


def number_in(cuts: Cuts, minute: int) -> int | None:
    """Tell by which hours a minute is counted, walking from the first cut."""
    return next((number for at, number in reversed(cuts) if at <= minute), None)


def walked(survivor: Cuts, merge: MergedAt, minute: int) -> bool:
    """Tell whether a minute counts for what was promised before a merge."""
    cuts, _, _, at = merge
    if minute < at:
        return counts_in(cuts, minute)
    own = [number for begin, number in cuts if begin <= at and number is not None]
    number = number_in(survivor, minute)
    return number is not None and WALKED[own[-1] if own else number][minute]


def walked_due(survivor: Cuts, merge: MergedAt) -> int | None:
    _, since, left, at = merge
    for minute in range(min(since, at), WINDOW):
        left -= walked(survivor, merge, minute)
        if not left:
            return minute + 1
    return None


@settings(max_examples=60)
@given(survivor=timelines, since=minutes, target=targets, merge=merges)
def test_a_taken_promise_is_due_when_a_walker_finds_it(
    survivor: Cuts, since: int, target: int, merge: MergedAt
):
    own, taken = promise_of(survivor, since, target), taken_of(merge)
    promises = joined(own, [taken])
    assert promises[0] == own
    found, expected = promises[1].due, walked_due(survivor, merge)
    if expected is None:
        assert found is None or found > moment(WINDOW - 1)
    else:
        assert found == moment(expected)
        assert promises[1].counted(found) == 60 * merge[2]
    both = [each for each in (own.due, found) if each is not None]
    assert due(promises) == min(both, default=None)
    assert strictest(promises, moment(WINDOW)) in (0, 1)


@settings(max_examples=100)
@given(survivor=timelines, since=minutes, target=targets, merge=merges, hours=st.integers(0, 3))
def test_a_merge_is_never_due_later_than_either(
    survivor: Cuts, since: int, target: int, merge: MergedAt, hours: int
):
    """As long as the survivor goes on: then its requester waits for nobody."""
    cuts, begun, seconds, at = merge
    survivor = [*(cut for cut in survivor if cut[0] <= at), (at, hours)]
    cuts = [*(cut for cut in cuts if cut[0] < at), (at, hours)]
    own, alone = promise_of(survivor, since, target), promise_of(cuts, min(begun, at), seconds)
    found = due(joined(own, [Taken(alone, moment(at))]))
    assert found is not None or (own.due, alone.due) == (None, None)
    for each in (own.due, alone.due):
        assert each is None or (found is not None and found <= each)


@settings(max_examples=100)
@given(
    survivor=timelines, since=minutes, target=targets, others=st.lists(merges, max_size=3),
    at=minutes, order=st.randoms(use_true_random=False),
)  # fmt: skip
def test_the_order_of_merges_does_not_matter_and_undone_they_leave_no_trace(
    survivor: Cuts, since: int, target: int, others: list[MergedAt], at: int, order: object
):
    own, taken = promise_of(survivor, since, target), [taken_of(each) for each in others]
    mixed = list(taken)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    for reckon in (due, lambda promises: due_if_resumed(promises, moment(at))):
        assert reckon(joined(own, taken)) == reckon(joined(own, mixed))
    assert joined(own, []) == (own,)
    for place, each in enumerate(taken):
        without = [*taken[:place], *taken[place + 1 :]]
        assert [one for one in joined(own, taken) if one not in joined(own, without)] in (
            [], [joined(own, [each])[1]],
        )  # fmt: skip


@settings(max_examples=100)
@given(first=merges, second=merges, survivor=timelines, later=minutes)
def test_one_after_the_other_is_both_at_once(
    first: MergedAt, second: MergedAt, survivor: Cuts, later: int
):
    """What is merged into a ticket that is then merged itself counts like what is merged last."""
    cuts, since, target, at_first = first
    # Who has never worked has no hours to be counted by.
    begin = taken_of(([(0, 1), *cuts], since, target, at_first))
    middle, end = stretches_of(second[0]), stretches_of(survivor)
    at = begin.at + later * MINUTE
    by_way = handed_on(until(handed_on(begin.promise.stretches, middle, begin.at), at), end, at)
    joined_up = [*until(middle, at), *(each for each in end if each.end is None or each.end > at)]
    counts = Timeline(handed_on(begin.promise.stretches, _from(joined_up, at), begin.at))
    window = moment(WINDOW - 1)
    assert Timeline(by_way).counted(BEGIN, window) == counts.counted(BEGIN, window)
    if later == 0:
        direct = Timeline(handed_on(begin.promise.stretches, end, begin.at))
        assert Timeline(by_way).counted(BEGIN, window) == direct.counted(BEGIN, window)


def _from(stretches: Sequence[Stretch], at: datetime) -> list[Stretch]:
    """Let those that follow a moment begin there at the earliest."""
    before = [each for each in stretches if each.end is not None and each.end <= at]
    rest = [each for each in stretches if each not in before]
    return [*before, *(Stretch(max(each.begin, at), each.end, each.calendar) for each in rest)]


def test_what_was_promised_first_is_kept():
    """Three of four hours were gone on the merged ticket, one of eight on the survivor."""
    always, at = CALENDARS[0], BEGIN + timedelta(hours=9)
    assert HOURS[0][0] == "UTC"
    own = Promise((Stretch(at - timedelta(hours=1), None, always),), at - timedelta(hours=1), 28800)
    merged = Promise(
        (Stretch(at - timedelta(hours=3), at, always),), at - timedelta(hours=3), 14400
    )
    promises = joined(own, [Taken(merged, at)])
    assert due(promises) == at + timedelta(hours=1)
    assert strictest(promises, at) == 1
    assert promises[1].counted(at + timedelta(minutes=30)) == 3 * 3600 + 1800
    # Merged the other way round it is due at the same moment.
    other = joined(
        Promise((Stretch(merged.since, None, always),), merged.since, merged.seconds),
        [Taken(Promise((Stretch(own.since, at, always),), own.since, own.seconds), at)],
    )
    assert due(other) == at + timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "running", "then"),
    [
        (SOLVED, (FIRST, SOLVED), SOLVED),
        (FIRST, (FIRST, SOLVED), FIRST),
        (NEXT, (FIRST, SOLVED), FIRST),
        (FIRST, (SOLVED,), NEXT),
        (NEXT, (NEXT, SOLVED), NEXT),
    ],
)
def test_who_waits_for_an_answer_is_answered_by_the_next_one(
    kind: ClockKind, running: tuple[ClockKind, ...], then: ClockKind
):
    assert goes_on_as(kind, running) is then
