# SPDX-License-Identifier: GPL-3.0-or-later
"""Explains the time of a ticket: which of it counted, which did not, why, and who began that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.clocks import ClockView, SegmentState, SegmentView, TicketClock
from helpdesk.core.schemas.sla import CalendarSettings, WorkingPart
from helpdesk.models import SlaClock
from helpdesk.repositories.clocks import SEGMENTS_TOLD, ToldSegment
from helpdesk.repositories.ticket_details import due_or_none, person
from helpdesk.services.ticket_time import calendar_of
from helpdesk.services.work import Work
from helpdesk.sla.calendar import OUT_OF_HOURS, WorkingCalendar
from helpdesk.sla.timeline import Stretch, Timeline, is_late

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
    parts = list(islice(_newest_parts(segments, at, names_policy=sees_all), PARTS_TOLD + 1))
    timeline = Timeline(
        Stretch(each.segment.begins_at, each.segment.ends_at, calendar_of(each))
        for each in segments
    )
    return TicketClock(
        ticket_id=ticket.id,
        at=at,
        policy=told.policy if told and sees_all else None,
        calendar=calendar.name if calendar else None,
        time_zone=calendar.time_zone if calendar else _UTC,
        clocks=tuple(_clock(each, timeline, at) for each in clocks),
        segments=tuple(reversed(parts[:PARTS_TOLD])),
        is_whole=len(parts) <= PARTS_TOLD and len(segments) < SEGMENTS_TOLD,
        escalation_level=told.escalation_level if told and sees_all else 0,
    )


def _newest_parts(
    segments: Sequence[ToldSegment], at: datetime, *, names_policy: bool
) -> Iterator[SegmentView]:
    """Yield the parts of segments from the newest on; those that took no time are no news."""
    for each in reversed(segments):
        if each.segment.ends_at != each.segment.begins_at:
            yield from _parts_of(each, at, names_policy=names_policy)


def _clock(clock: SlaClock, timeline: Timeline, at: datetime) -> ClockView:
    late = clock.missed_at is not None or is_late(clock.due_at, clock.stopped_at or at)
    return ClockView(
        kind=clock.kind,
        state=clock.state,
        round=clock.round,
        started_at=clock.started_at,
        stopped_at=clock.stopped_at,
        due=due_or_none(clock.due_at),
        target_seconds=clock.target_seconds,
        counted_seconds=timeline.counted(clock.started_at, clock.stopped_at or at),
        is_late=late,
    )


def _parts_of(told: ToldSegment, at: datetime, *, names_policy: bool) -> list[SegmentView]:
    """Return a segment as people read it, the newest parts first, as many as are told."""
    segment, end = told.segment, told.segment.ends_at or at
    whole = SegmentView(
        begin=segment.begins_at,
        end=segment.ends_at,
        state=segment.state,
        cause=segment.cause,
        actor=person(segment.actor_id, told.actor),
        why=segment.detail,
    )
    settings, calendar = _settings(told), calendar_of(told)
    if settings is None or calendar is None:
        return [whole]
    named = settings.name
    why = f"{named}, policy {segment.detail}" if names_policy else named
    parts = _working_parts(calendar, segment.begins_at, end)
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
    views[0] = views[0].model_copy(update={"end": segment.ends_at})
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
