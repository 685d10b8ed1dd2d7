# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said of clocks: how each stands, what a stretch of time was, and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Literal

from helpdesk.core.schemas.clocks import (
    ClockKind,
    ClockState,
    ClockView,
    RowClock,
    SegmentCause,
    SegmentState,
    SegmentView,
)
from helpdesk.ui.tickets.clock.spans import Reading, Stretch
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.times import clock_time, countdown, day_words, span, weekday

Role = Literal["error", "high", "success", "waiting", "secondary"]

KINDS: Final = {
    ClockKind.FIRST_RESPONSE: "First response",
    ClockKind.NEXT_RESPONSE: "Next response",
    ClockKind.RESOLUTION: "Resolution",
}
OWN_KINDS: Final = {
    ClockKind.FIRST_RESPONSE: "First answer",
    ClockKind.NEXT_RESPONSE: "Next answer",
    ClockKind.RESOLUTION: "Solution",
}
"""For those who wait for them."""
_LATER: Final = "later than planned"
STATES: Final = {
    SegmentState.COUNTED: "counted",
    SegmentState.PAUSED: "paused",
    SegmentState.OUT_OF_HOURS: "out of hours",
    SegmentState.STOPPED: "stopped",
}
_CAUSES: Final = {
    SegmentCause.CREATED: ("{who} opened it", "it was opened"),
    SegmentCause.STATUS: ("{who} set the status", "the status changed"),
    SegmentCause.PRIORITY: ("{who} changed the priority", "the priority changed"),
    SegmentCause.CATEGORY: ("{who} changed the category", "the category changed"),
    SegmentCause.TEAM: ("{who} changed the team", "the team changed"),
    SegmentCause.REQUESTER: ("{who} changed the requester", "the requester changed"),
    SegmentCause.POLICY: ("{who} changed the service level", "the service level changed"),
    SegmentCause.CALENDAR: ("{who} changed the business hours", ""),
    SegmentCause.REOPENED: ("{who} reopened it", "it was reopened"),
    SegmentCause.MERGED: ("{who} merged it", "it was merged"),
    SegmentCause.PARTED: ("{who} undid a merge", "a merge was undone"),
    SegmentCause.TAKEN_UP: ("{who} took it over", "its clocks were started"),
}
_MINUTE: Final = 60
_SOON: Final = 15
_SLACK: Final = timedelta(minutes=5)
_NEARLY: Final = 0.75
_WEEK: Final = timedelta(days=6)


def counted_words(view: ClockView, read: Reading, now: datetime) -> str:
    """Say how a clock stands, and that business hours are meant where less time counts than goes.

    Lists say how long it is until the moment when it is due.
    """
    said = state_words(view, read)
    if view.state is not ClockState.RUNNING or view.due is None or read.is_late:
        return said
    more = view.due - now - timedelta(minutes=read.minutes_left)
    left = span(max(0, read.minutes_left))
    return f"{left} of business hours left" if more > _SLACK else said


def state_words(view: ClockView, read: Reading) -> str:
    """Say how a clock stands: "2 h 10 m left", "late by 35 m", "met after 40 m of 4 h"."""
    if view.state is ClockState.MET:
        is_at_once = read.counted_seconds < _MINUTE
        return "met within a minute" if is_at_once else f"met after {of_target(read)}"
    if view.state is ClockState.MISSED:
        return f"missed by {span(read.minutes_late)}" if read.minutes_late else "missed"
    if view.state is ClockState.CANCELLED:
        return "no longer due"
    if view.state is ClockState.MERGED:
        return f"merged, late by {span(read.minutes_late)}" if read.is_late else "merged"
    said = _distance(read)
    return f"paused, {said}" if view.state is ClockState.PAUSED else said


def own_state_words(view: ClockView, read: Reading, now: datetime) -> str:
    """Say to who asked what can be expected: "expected by Mon 17:30", "later than planned".

    Targets are what staff promise each other; nobody outside is to count their minutes.
    """
    if view.state is ClockState.CANCELLED:
        return "not needed any more"
    if view.state is ClockState.MERGED:
        return "goes on in another ticket"
    if view.stopped_at is not None:
        return f"came {moment(view.stopped_at, now)}"
    if view.state is ClockState.PAUSED or view.due is None:
        return "goes on after your reply"
    return _LATER if read.is_late else f"expected by {moment(view.due, now)}"


def of_target(read: Reading) -> str:
    """Say how much of the target was used: "40 m of 4 h"."""
    return f"{span(read.counted_seconds // 60)} of {span(read.target_seconds // 60)}"


def state_role(view: ClockView, read: Reading) -> Role:
    """Return the role of the words in the style sheet."""
    if view.state is ClockState.MET:
        return "success"
    if view.state is ClockState.CANCELLED:
        return "secondary"
    if view.state is ClockState.MERGED and not read.is_late:
        return "secondary"
    if view.state is ClockState.MISSED or read.is_late:
        return "error"
    if view.state is ClockState.PAUSED:
        return "waiting"
    is_near = read.minutes_left <= _SOON or read.share >= _NEARLY
    return "high" if is_near else "secondary"


def bar_tone(role: Role) -> str:
    """Return the tone of the thin bar that goes with a role."""
    return {"error": "urgent", "high": "high", "success": "success"}.get(role, "")


def clock_tip(view: ClockView, read: Reading, now: datetime) -> str:
    """Say when a clock is due and since when it runs, for the tooltip."""
    lines = [f"{of_target(read)} counted, since {moment(view.started_at, now)}"]
    if view.stopped_at is not None:
        lines.append(f"Ended {moment(view.stopped_at, now)}")
    elif view.due is not None:
        lines.append(f"Due {moment(view.due, now)}")
    elif view.state is ClockState.PAUSED:
        lines.append("Due again as soon as it goes on")
    if promised := promised_words(view):
        lines.append(promised)
    if view.round > 1:
        lines.append(f"Begun {view.round} times on this ticket")
    return "\n".join(lines)


def promised_words(view: ClockView) -> str:
    """Say of a clock that a merged ticket has promised first where that was: "Promised on HD-7"."""
    number = view.taken.ticket if view.taken else None
    return f"Promised on {number}, which was merged into this ticket" if number else ""


def stretch_words(stretch: Stretch, now: datetime) -> str:
    """Say what a stretch of time was, why, and since what."""
    segment = stretch.segment
    said = f"{interval(stretch.begin, stretch.end, now)}, {STATES[segment.state]}"
    said += f" {exact(stretch.seconds)}"
    if segment.why:
        said += f": {segment.why}"
    cause = cause_words(segment)
    return f"{said}, since {cause}" if cause else said


def cause_words(segment: SegmentView) -> str:
    """Say who or what began a segment: "Bob Keller set In Progress"."""
    by_somebody, by_itself = _CAUSES[segment.cause]
    if segment.state is SegmentState.OUT_OF_HOURS:
        # The hours ended by themselves, whoever touched the ticket before.
        return ""
    if segment.actor is None:
        return by_itself
    return by_somebody.format(who=segment.actor.full_name)


def interval(begin: datetime, end: datetime, now: datetime) -> str:
    """Say from when to when: "Mon 09:00-12:30", "Mon 17:00-Tue 09:00"."""
    same_day = begin.astimezone().date() == end.astimezone().date()
    until = clock_time(end) if same_day else moment(end, now)
    return f"{moment(begin, now)}\N{EN DASH}{until}"


def moment(at: datetime, now: datetime) -> str:
    """Say a moment shortly: "Mon 09:00", and with its date where that is a week ago or more."""
    is_near = abs(now - at) < _WEEK
    day = weekday(at) if is_near else f"{weekday(at)} {day_words(at, now)}"
    return f"{day} {clock_time(at)}"


def exact(seconds: int) -> str:
    """Say a length to the second, so that sums can be checked: "3 h 30 m", "12 m 5 s"."""
    minutes, rest = divmod(seconds, 60)
    if not rest:
        return span(minutes)
    return f"{span(minutes)} {rest} s" if minutes else f"{rest} s"


def row_words(clock: RowClock, now: datetime, *, own: bool = False) -> tuple[str, Tone]:
    """Say what is due next, for a list: "Reply in 25 m", "2 h 10 m", "late 35 m", "paused".

    To whose ``own`` ticket it is, the reply is an answer, and nothing is alarming.
    """
    if clock.is_paused or clock.due is None:
        return "paused", "urgent" if clock.is_late and not own else "warning"
    left = clock.due - now
    is_reply = clock.kind is not ClockKind.RESOLUTION
    if own:
        said = _LATER if left <= timedelta(0) else countdown(left)
        return f"Answer in {said}" if is_reply and left > timedelta(0) else said, "neutral"
    if left <= timedelta(0):
        said = f"late {countdown(-left)}"
        return f"Reply {said}" if is_reply else said, "urgent"
    said = countdown(left)
    tone: Tone = (
        "urgent"
        if left < timedelta(hours=1)
        else "high"
        if left < timedelta(hours=4)
        else "neutral"
    )
    return f"Reply in {said}" if is_reply else said, tone


def _distance(read: Reading) -> str:
    if read.is_late:
        return f"late by {span(read.minutes_late)}" if read.minutes_late else "due now"
    return f"{span(max(0, read.minutes_left))} left"
