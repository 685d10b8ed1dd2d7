# SPDX-License-Identifier: GPL-3.0-or-later
"""What merged tickets have promised, as the clocks that it goes on with are reckoned by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from helpdesk.models import SlaClock
from helpdesk.repositories.clocks import ClockRepository, HandedClock, ToldSegment
from helpdesk.services.measures import calendar_of
from helpdesk.sla.joining import Promise, Taken, handed_on, until
from helpdesk.sla.timeline import Stretch


@dataclass(frozen=True, slots=True)
class ToldStretch(Stretch):
    """A stretch with the segment that it is of, for who wants it explained."""

    told: ToldSegment


@dataclass(frozen=True, slots=True)
class Handed:
    """What a clock of a merged ticket goes on with, and how far it had come."""

    ticket_id: int
    clock: SlaClock
    taken: Taken


Handovers = Mapping[int, Sequence[Handed]]
"""What goes on with each clock."""


def told_stretches(segments: Sequence[ToldSegment]) -> tuple[ToldStretch, ...]:
    """Return the stretches of segments."""
    return tuple(
        ToldStretch(each.segment.begins_at, each.segment.ends_at, calendar_of(each), each)
        for each in segments
    )


def handovers(clocks: ClockRepository, clock_ids: Sequence[int]) -> Handovers:
    """Return what goes on with some clocks; nothing is asked where there are none."""
    rows = clocks.handed(clock_ids) if clock_ids else []
    if not rows:
        return {}
    segments: dict[int, list[ToldSegment]] = defaultdict(list)
    for each in clocks.told_segments(*{row.clock.ticket_id for row in rows}):
        segments[each.segment.ticket_id].append(each)
    times = {id_: told_stretches(each) for id_, each in segments.items()}
    by_taker: dict[int, list[HandedClock]] = defaultdict(list)
    for row in rows:
        by_taker[row.to_id].append(row)
    return {id_: tuple(_handed_to(id_, by_taker, times)) for id_ in clock_ids}


def _handed_to(
    clock_id: int,
    by_taker: Mapping[int, Sequence[HandedClock]],
    times: Mapping[int, tuple[ToldStretch, ...]],
) -> Iterator[Handed]:
    """Yield what goes on with a clock, and what had gone on with that before."""
    for row in by_taker.get(clock_id, ()):
        clock = row.clock
        at, time = clock.stopped_at or clock.started_at, times[clock.ticket_id]
        own = Promise(tuple(until(time, at)), clock.started_at, clock.target_seconds)
        yield Handed(clock.ticket_id, clock, Taken(own, at))
        for each in _handed_to(clock.id, by_taker, times):
            before = each.taken.promise
            went_on = until(handed_on(before.stretches, time, each.taken.at), at)
            promise = replace(before, stretches=tuple(went_on))
            yield replace(each, taken=Taken(promise, at))
