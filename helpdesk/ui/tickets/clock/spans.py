# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the clocks of a ticket for a moment after they were told, without asking the desk again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from helpdesk.core.schemas.clocks import (
    ClockKind,
    ClockState,
    ClockView,
    SegmentState,
    SegmentView,
    TicketClock,
)

_MINUTE = 60


class Stretch(NamedTuple):
    """A segment with both its ends."""

    segment: SegmentView
    begin: datetime
    end: datetime

    @property
    def seconds(self) -> int:
        """How long it lasted."""
        return round((self.end - self.begin).total_seconds())

    @property
    def counted_seconds(self) -> int:
        """How much of it counted."""
        return self.seconds if self.segment.state is SegmentState.COUNTED else 0


class Reading(NamedTuple):
    """How far a clock has gone."""

    counted_seconds: int
    target_seconds: int
    is_late: bool

    @property
    def minutes_left(self) -> int:
        """Whole minutes until the target; the minute that has begun is still there."""
        return self.target_seconds // _MINUTE - self.counted_seconds // _MINUTE

    @property
    def minutes_late(self) -> int:
        """Whole minutes beyond the target."""
        return max(0, self.counted_seconds - self.target_seconds) // _MINUTE

    @property
    def share(self) -> float:
        """The part of the target that is used up, at most 1."""
        return min(1.0, self.counted_seconds / max(1, self.target_seconds))


def stretches(
    told: TicketClock, now: datetime, view: ClockView | None = None
) -> tuple[Stretch, ...]:
    """Return the segments in the order of time; the open one goes on until now.

    Those that a clock is counted by may be of a ticket that was merged into this one.
    """
    until = max(told.at, now)
    found = (
        Stretch(each, each.begin, until if _is_open(each, told) else each.end or until)
        for each in sorted(_segments_of(view, told), key=lambda segment: segment.begin)
    )
    return tuple(each for each in found if each.end > each.begin)


def within(parts: Iterable[Stretch], begin: datetime, end: datetime) -> tuple[Stretch, ...]:
    """Return what of the stretches lies between two moments, for the sum of one clock."""
    cut = (each._replace(begin=max(each.begin, begin), end=min(each.end, end)) for each in parts)
    return tuple(each for each in cut if each.end > each.begin)


def reading(view: ClockView, told: TicketClock, now: datetime) -> Reading:
    """Return how far a clock has gone by now, if it was running and nothing has changed."""
    counted = view.counted_seconds
    if view.state is ClockState.RUNNING and _counts(view, told):
        counted += max(0, round((now - told.at).total_seconds()))
    return Reading(counted, view.target_seconds, view.is_late or counted > view.target_seconds)


def newest(told: TicketClock) -> tuple[ClockView, ...]:
    """Return of each kind the clock that began last, in the order of the kinds."""
    found: dict[ClockKind, ClockView] = {}
    for view in told.clocks:
        before = found.get(view.kind)
        if before is None or (view.round, view.started_at) > (before.round, before.started_at):
            found[view.kind] = view
    return tuple(found[kind] for kind in ClockKind if kind in found)


def is_outdated(told: TicketClock, now: datetime, after: timedelta) -> bool:
    """Whether it was told so long ago that hours may have begun or ended since."""
    return now - told.at > after


def _segments_of(view: ClockView | None, told: TicketClock) -> tuple[SegmentView, ...]:
    return view.taken.segments if view and view.taken else told.segments


def _counts(view: ClockView, told: TicketClock) -> bool:
    last = max(_segments_of(view, told), key=lambda segment: segment.begin, default=None)
    return last is not None and last.state is SegmentState.COUNTED and _is_open(last, told)


def _is_open(segment: SegmentView, told: TicketClock) -> bool:
    return segment.end is None or segment.end >= told.at
