# SPDX-License-Identifier: GPL-3.0-or-later
"""The time of a ticket as stretches, and what of it counts: pure reckoning, without a desk.

A timeline has no gaps. Each stretch is counted by one calendar, or not at all: while the
customer is asked, once the ticket is solved, or where no service level applies. A clock is
measured from a moment on; what has counted and when it is due always follow from the
stretches, so nothing has to be corrected when one is added.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from helpdesk.core.schemas.clocks import ClockKind, SegmentState
from helpdesk.core.schemas.tickets import Status
from helpdesk.sla.calendar import WorkingCalendar

ANSWERS = (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE)
"""The clocks that a reply of the staff ends."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a timeline; ``calendar`` is what it is counted by, ``None`` is not at all."""

    begin: datetime
    end: datetime | None
    calendar: WorkingCalendar | None


class Timeline:
    """What counts of the time of a ticket."""

    def __init__(self, stretches: Iterable[Stretch]) -> None:
        """Take stretches in order; only the last one may have no end."""
        self._counting = [each for each in stretches if each.calendar is not None]

    def counted(self, since: datetime, until: datetime) -> int:
        """Return the seconds that have counted between two moments."""
        return sum(
            _counted(each, max(each.begin, since), min(each.end or until, until))
            for each in self._counting
        )

    def due(self, since: datetime, seconds: int) -> datetime | None:
        """Return when a clock that began then has counted so much, if nothing changes.

        ``None`` where it never will as things stand, such as while nothing counts.
        """
        left = seconds
        for each in self._counting:
            begin = max(each.begin, since)
            if each.end is None:
                return _after(each, begin, left)
            counted = _counted(each, begin, each.end)
            if counted >= left:
                return _after(each, begin, left)
            left -= counted
        return None

    def due_if_resumed(self, since: datetime, seconds: int, at: datetime) -> datetime | None:
        """Return when it would be due had it gone on at a moment as it was counted last.

        What came after that moment is left out of it.
        """
        before = [each for each in self._counting if each.begin <= at]
        if not before:
            return None
        cut = [Stretch(each.begin, min(each.end or at, at), each.calendar) for each in before]
        return Timeline([*cut, Stretch(at, None, cut[-1].calendar)]).due(since, seconds)


def state_of(status: Status) -> SegmentState:
    """Return whether the time of a ticket counts in a status."""
    if not status.is_open:
        return SegmentState.STOPPED
    if status is Status.AWAITING_CUSTOMER:
        return SegmentState.PAUSED
    return SegmentState.COUNTED


def is_late(due: datetime, at: datetime) -> bool:
    """Return whether a clock has missed its time; what ends before it was met."""
    return due <= at


def next_step(due: datetime, offsets: Sequence[int], after: datetime | None) -> datetime | None:
    """Return the first moment behind ``after`` at which something is due, or ``None``.

    That is the due time itself, and each of ``offsets``, in minutes before or after it. Without
    ``after`` it is the first of all.
    """
    minutes = sorted({0, *offsets})
    moments = [due + timedelta(minutes=each) for each in minutes]
    return next((each for each in moments if after is None or each > after), None)


def _counted(stretch: Stretch, begin: datetime, end: datetime) -> int:
    return stretch.calendar.counted(begin, end) if stretch.calendar else 0


def _after(stretch: Stretch, begin: datetime, seconds: int) -> datetime | None:
    return stretch.calendar.after(begin, seconds) if stretch.calendar else None
