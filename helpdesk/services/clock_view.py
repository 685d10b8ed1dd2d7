# SPDX-License-Identifier: GPL-3.0-or-later
"""Explains the time of a ticket: which of it counted, which did not, why, and who began that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.clocks import (
    ClockView,
    SegmentState,
    SegmentView,
    TakenTime,
    TicketClock,
)
from helpdesk.core.schemas.sla import CalendarSettings, WorkingPart
from helpdesk.models import SlaClock
from helpdesk.models.ticket import number_of
from helpdesk.repositories.clocks import ToldSegment
from helpdesk.repositories.ticket_details import due_or_none, person
from helpdesk.services.handovers import Handed, Handovers, ToldStretch, handovers, told_stretches
from helpdesk.services.work import Work
from helpdesk.sla.calendar import OUT_OF_HOURS, WorkingCalendar
from helpdesk.sla.joining import Promise, joined, strictest
from helpdesk.sla.timeline import is_late

PARTS_TOLD = 500
_UTC = "UTC"
_LOOKED_AT_ONCE = timedelta(days=60)


def clock_view(work: Work, ticket_id: int) -> TicketClock:
    """Return every minute of a ticket that the actor may see, explained as of now.

    Requesters are told what counts and why, but neither the name of the policy nor how far the
    ticket was escalated.
    """
    desk, now = work.desk, work.now
    ticket, sees_all = desk.tickets.get(ticket_id), work.actor.may(Permission.SEE_ALL_TICKETS)
    told = desk.clocks.told_sla(ticket.id)
    segments = desk.clocks.told_segments(ticket.id) if told else []
    clocks = desk.clocks.told_clocks(ticket.id) if told else []
    calendar = next((_settings(each) for each in reversed(segments) if each.settings), None)
    at = max([now, *(each.segment.begins_at for each in segments[-1:])])
    time, telling = told_stretches(segments), _Telling(at, sees_all)
    parts = telling.parts(time, PARTS_TOLD + 1)
    handed = handovers(desk.clocks, [each.clock.id for each in clocks if each.takes])
    return TicketClock(
        ticket_id=ticket.id,
        at=at,
        policy=told.policy if told and sees_all else None,
        calendar=calendar.name if calendar else None,
        time_zone=calendar.time_zone if calendar else _UTC,
        clocks=tuple(telling.clock(each.clock, time, handed) for each in clocks),
        segments=tuple(reversed(parts[:PARTS_TOLD])),
        is_whole=len(parts) <= PARTS_TOLD,
        escalation_level=told.escalation_level if told and sees_all else 0,
    )


@dataclass(frozen=True)
class _Telling:
    """How clocks and their time are told to somebody, as of a moment."""

    at: datetime
    sees_all: bool

    def parts(self, time: Sequence[ToldStretch], most: int) -> list[SegmentView]:
        """Return the newest parts of a time, the last first; what took no time is no news."""
        return list(islice(self._newest_parts(time), most))

    def clock(
        self, clock: SlaClock, time: Sequence[ToldStretch], handovers: Handovers
    ) -> ClockView:
        """Return a clock as it is counted for what it has to keep first."""
        handed = handovers.get(clock.id, ())
        own = Promise(tuple(time), clock.started_at, clock.target_seconds)
        promises = joined(own, (each.taken for each in handed))
        until = clock.stopped_at or self.at
        place = strictest(promises, until)
        promise, is_own = promises[place], place == 0
        return ClockView(
            kind=clock.kind,
            state=clock.state,
            round=clock.round,
            started_at=promise.since,
            stopped_at=clock.stopped_at,
            due=due_or_none(clock.due_at),
            target_seconds=promise.seconds,
            counted_seconds=promise.counted(until),
            is_late=clock.missed_at is not None or is_late(clock.due_at, until),
            taken=None if is_own else self._taken(handed[place - 1], promise),
        )

    def _taken(self, handed: Handed, promise: Promise) -> TakenTime:
        """Return the time that a clock is counted by in place of its ticket's own.

        Who worked on the merged ticket is not told to those who may not see it.
        """
        time = [each for each in promise.stretches if isinstance(each, ToldStretch)]
        views = reversed(self.parts(time, PARTS_TOLD))
        if self.sees_all:
            return TakenTime(ticket=number_of(handed.ticket_id), segments=tuple(views))
        nameless = (each.model_copy(update={"actor": None}) for each in views)
        return TakenTime(ticket=None, segments=tuple(nameless))

    def _newest_parts(self, time: Sequence[ToldStretch]) -> Iterator[SegmentView]:
        names = {each.calendar: _settings(each.told) for each in time if each.told.settings}
        for each in reversed(time):
            if each.end != each.begin:
                # What was merged goes on by the hours that it was promised by.
                yield from self._parts_of(each, names.get(each.calendar) or _settings(each.told))

    def _parts_of(
        self, stretch: ToldStretch, settings: CalendarSettings | None
    ) -> list[SegmentView]:
        """Return a stretch as people read it, the newest parts first, as many as are told."""
        segment = stretch.told.segment
        whole = SegmentView(
            begin=stretch.begin,
            end=stretch.end,
            state=segment.state,
            cause=segment.cause,
            actor=person(segment.actor_id, stretch.told.actor),
            why=segment.detail,
        )
        if settings is None or stretch.calendar is None:
            return [whole]
        named = settings.name
        why = f"{named}, policy {segment.detail}" if self.sees_all else named
        parts = _working_parts(stretch.calendar, stretch.begin, stretch.end or self.at)
        views = [
            whole.model_copy(
                update={
                    "begin": part.begin,
                    "end": part.end,
                    "state": SegmentState.COUNTED if part.works else SegmentState.OUT_OF_HOURS,
                    "why": why if part.works else _why_not(part, named),
                }
            )
            for part in parts
        ]
        if not views:
            return [whole.model_copy(update={"why": why})]
        # What still goes on has no end yet.
        views[0] = views[0].model_copy(update={"end": stretch.end})
        return views


def _working_parts(calendar: WorkingCalendar, begin: datetime, end: datetime) -> list[WorkingPart]:
    """Return the parts of a time, the newest first; no more are worked out than are told."""
    found: list[WorkingPart] = []
    while end > begin and len(found) <= PARTS_TOLD:
        since = max(begin, end - _LOOKED_AT_ONCE)
        for part in reversed(calendar.parts(since, end)):
            later = found[-1] if found else None
            if later and (later.works, later.why) == (part.works, part.why):
                found[-1] = later.model_copy(update={"begin": part.begin})
            else:
                found.append(part)
        end = since
    return found


def _settings(told: ToldSegment) -> CalendarSettings | None:
    """Return what the calendar of a segment said then."""
    return CalendarSettings.model_validate_json(told.settings) if told.settings else None


def _why_not(part: WorkingPart, calendar: str) -> str:
    return f"outside of {calendar}" if part.why == OUT_OF_HOURS else part.why
