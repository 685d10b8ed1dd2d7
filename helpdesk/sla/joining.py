# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the time of a ticket that is merged into another: pure reckoning, without a desk.

What was promised is kept as a promise of its own: what it has counted stays counted, and from the
merge on it is counted while the other ticket's time is, by the hours that it was promised by.
Several promises are one clock: it is due when the first of them is. So nobody waits longer for a
merge, in whatever order tickets are merged, and taking a promise away again leaves the others as
they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, TypeVar

from helpdesk.core.schemas.clocks import ClockKind
from helpdesk.sla.timeline import ANSWERS, Stretch, Timeline

_Stretch = TypeVar("_Stretch", bound=Stretch)


@dataclass(frozen=True, slots=True)
class Promise:
    """That so many seconds of a time, from a moment on, are not exceeded."""

    stretches: tuple[Stretch, ...]
    since: datetime
    seconds: int

    @property
    def due(self) -> datetime | None:
        """When it is due if nothing changes; ``None`` where it never is as things stand."""
        return Timeline(self.stretches).due(self.since, self.seconds)

    def due_if_resumed(self, at: datetime) -> datetime | None:
        """Return when it would be due had it gone on at a moment as it was counted last."""
        return Timeline(self.stretches).due_if_resumed(self.since, self.seconds, at)

    def counted(self, until: datetime) -> int:
        """Return the seconds that have counted of it."""
        return Timeline(self.stretches).counted(self.since, until)

    def due_first(self, at: datetime) -> datetime | None:
        """Return what promises are compared by: when each is due, or would be."""
        return self.due or self.due_if_resumed(at)


class Taken(NamedTuple):
    """A promise of a ticket that was merged at a moment."""

    promise: Promise
    at: datetime


def until(stretches: Iterable[_Stretch], at: datetime) -> list[_Stretch]:
    """Return what of a timeline lies before a moment."""
    return [
        replace(each, end=at if each.end is None else min(each.end, at))
        for each in stretches
        if each.begin <= at
    ]


def handed_on(
    before: Sequence[_Stretch], after: Sequence[_Stretch], at: datetime
) -> list[_Stretch]:
    """Return a timeline that goes on with another from a moment on.

    When it counts is then told by the other one, by which hours by its own.
    """
    own = until(before, at)
    hours = next((each.calendar for each in reversed(own) if each.calendar is not None), None)
    rest = [each for each in after if each.end is None or each.end > at]
    return [
        *own,
        *(
            replace(
                each,
                begin=max(each.begin, at),
                calendar=each.calendar and (hours or each.calendar),
            )
            for each in rest
        ),
    ]


def joined(own: Promise, taken: Iterable[Taken]) -> tuple[Promise, ...]:
    """Return what a ticket has promised once others are merged into it, its own promise first."""
    return own, *(
        replace(each.promise, stretches=tuple(_handed_on(each, own.stretches))) for each in taken
    )


def due(promises: Iterable[Promise]) -> datetime | None:
    """Return when the first of some promises is due, if any is."""
    return min((each for each in (one.due for one in promises) if each), default=None)


def due_if_resumed(promises: Iterable[Promise], at: datetime) -> datetime | None:
    """Return when the first of some promises would be due had they gone on at a moment."""
    moments = (each.due_if_resumed(at) for each in promises)
    return min((each for each in moments if each), default=None)


def strictest(promises: Sequence[Promise], at: datetime) -> int:
    """Return the place of the promise that is due first, or would be; of equals the foremost."""
    moments = [(each.due_first(at), place) for place, each in enumerate(promises)]
    return min(((moment, place) for moment, place in moments if moment), default=(at, 0))[1]


def _handed_on(taken: Taken, after: Sequence[Stretch]) -> list[Stretch]:
    return handed_on(taken.promise.stretches, after, taken.at)


def goes_on_as(kind: ClockKind, running: Iterable[ClockKind]) -> ClockKind:
    """Return as which clock of the other ticket a clock goes on.

    Whoever waits for an answer is answered by the next public reply, whatever that ends there.
    """
    if kind not in ANSWERS:
        return kind
    is_unanswered = ClockKind.FIRST_RESPONSE in running
    return ClockKind.FIRST_RESPONSE if is_unanswered else ClockKind.NEXT_RESPONSE
