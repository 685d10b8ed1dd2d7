# SPDX-License-Identifier: GPL-3.0-or-later
"""The timeline and the clocks of one ticket: what can be done to them at a moment.

When the time of a ticket counts is told by its segments alone; whatever is said of its clocks
is worked out of them here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from helpdesk.core.schemas.clocks import ClockKind, ClockState, SegmentCause, SegmentState
from helpdesk.core.schemas.tickets import Status
from helpdesk.database.types import NEVER
from helpdesk.models import SlaClock, SlaSegment, Ticket, TicketSla
from helpdesk.repositories.clocks import ClockRepository, NewTime, Standing
from helpdesk.services.handovers import Handovers, handovers
from helpdesk.services.measures import NO_POLICY, Because, Counted, Measure, calendar_of
from helpdesk.sla.calendar import WorkingCalendar
from helpdesk.sla.joining import Promise, due, due_if_resumed, joined
from helpdesk.sla.timeline import ANSWERS, Stretch, is_late, next_step, state_of

MOVED_ON = timedelta(hours=1)
"""By so much a due time has moved on where people are warned of it once more."""
DUE_FIELDS = {
    ClockKind.FIRST_RESPONSE: "first_response_due",
    ClockKind.RESOLUTION: "resolution_due",
}
"""Where a ticket itself says when it is due."""

Offsets = Callable[[], Mapping[ClockKind, Sequence[int]]]
"""Tells at which minutes before or after a due time something has to be done."""


@dataclass(frozen=True)
class _Before:
    """How a clock stood before the change."""

    clock: SlaClock
    was_missed: bool
    waited: bool
    """Whether the sweep ought to have looked at it by then."""

    @classmethod
    def of(cls, clock: SlaClock, now: datetime) -> _Before:
        waited = clock.stopped_at is None and clock.next_step_at <= now
        return cls(clock, clock.missed_at is not None, waited)


class TicketTime:
    """The time of one ticket, changed at one moment; ``settle`` ends each change."""

    def __init__(
        self,
        clocks: ClockRepository | NewTime,
        ticket: Ticket,
        standing: Standing,
        now: datetime,
        segments: list[Counted] | None = None,
    ) -> None:
        """Bind to a ticket as it stands; ``segments`` are read where they are not given."""
        self._clocks = clocks
        self._ticket = ticket
        self._sla = standing.sla
        self._newest = dict(standing.newest)
        self._before = [_Before.of(clock, now) for clock in standing.newest.values()]
        self._now = now
        self._read = segments
        self._ended: set[ClockKind] = set()
        self._moved: set[ClockKind] = set()
        self._is_anew = False
        self._policy_id = standing.sla.policy_id
        self._takers = standing.takers
        self._handed: Handovers | None = None

    @classmethod
    def begun(cls, clocks: ClockRepository | NewTime, ticket: Ticket, now: datetime) -> TicketTime:
        """Return the time of a ticket that has none yet."""
        sla = TicketSla(
            ticket_id=ticket.id,
            policy_version=0,
            next_due=NEVER,
            paused=False,
            late=False,
            escalation_level=0,
        )
        clocks.add(sla)
        return cls(clocks, ticket, Standing(sla, {}, frozenset()), now, [])

    @property
    def at(self) -> datetime:
        """The moment of the change: never before what stands on the timeline, whatever the clock.

        A clock that was set back makes time stand still, and nothing negative.
        """
        if not self._segments:
            return self._now
        return max(self._now, self._segments[-1].segment.begins_at)

    @property
    def is_measured(self) -> bool:
        """Whether a policy measures the ticket."""
        return self._sla.policy_id is not None

    @property
    def policy_id(self) -> int | None:
        """The policy that measures the ticket, or did until this change."""
        return self._sla.policy_id or self._policy_id

    @property
    def newly_missed(self) -> list[SlaClock]:
        """The clocks that were found to be late by this change."""
        known = {each.clock for each in self._before if each.was_missed}
        clocks = dict.fromkeys((*self._all_before, *self._newest.values()))
        return [each for each in clocks if each.missed_at is not None and each not in known]

    @property
    def overlooked(self) -> list[SlaClock]:
        """The late clocks that this change has ended or paused before the sweep had seen to them.

        The sweep will not look at them any more, nor at those that they go on with.
        """
        unseen = {each.clock for each in self._before if each.waited}.union(self.newly_missed)
        clocks = (each for each in self._all_before if each in unseen)
        seen_to = (ClockState.RUNNING, ClockState.MERGED)
        return [each for each in clocks if each.missed_at and each.state not in seen_to]

    @property
    def escalation(self) -> dict[str, Any]:
        """How far the ticket was escalated, and when first."""
        return {
            "escalation_level": self._sla.escalation_level,
            "escalated_at": self._sla.escalated_at,
        }

    def runs(self, kind: ClockKind) -> bool:
        """Return whether a clock of a kind has begun and not ended."""
        clock = self._newest.get(kind)
        return clock is not None and clock.stopped_at is None

    @property
    def round_began(self) -> datetime:
        """Return when the ticket was opened, or was reopened last."""
        began = self._segments[0].segment.begins_at
        for before, after in pairwise(self._segments):
            if before.segment.state is SegmentState.STOPPED:
                began = after.segment.begins_at
        return began

    # --- the timeline -----------------------------------------------------------------------

    def differs_by(self, measure: Measure | None) -> SegmentCause | None:
        """Return whether a ticket is to be measured otherwise: by its policy or its calendar."""
        if (measure.policy_id if measure else None) != self._sla.policy_id:
            return SegmentCause.POLICY
        if measure is None:
            return None
        targets = {clock.kind: clock.target_seconds for clock in self._running}
        if measure.version != self._sla.policy_version or any(
            measure.seconds(kind) != seconds for kind, seconds in targets.items()
        ):
            return SegmentCause.POLICY
        running = self._segments[-1].segment
        is_counted = running.state is SegmentState.COUNTED
        differs = is_counted and running.revision_id != measure.revision_id
        return SegmentCause.CALENDAR if differs else None

    def turn(self, measure: Measure | None, because: Because) -> None:
        """Begin a new segment, as the ticket now stands and is measured."""
        self.turn_at(self.at, self._ticket.status, measure, because)

    def turn_at(
        self, begins_at: datetime, status: Status, measure: Measure | None, because: Because
    ) -> None:
        """Begin a new segment at a moment that lies behind all others, for a status."""
        state, revision_id = state_of(status), None
        detail = status.label
        if state is SegmentState.COUNTED and measure is None:
            state, detail = SegmentState.PAUSED, NO_POLICY
        elif state is SegmentState.COUNTED and measure is not None:
            detail, revision_id = measure.name, measure.revision_id
        segment = SlaSegment(
            ticket_id=self._ticket.id,
            begins_at=begins_at,
            state=state,
            revision_id=revision_id,
            cause=because.cause,
            actor_id=because.actor_id,
            detail=detail,
        )
        self._go_on_with(segment, measure.calendar if measure and revision_id else None)

    def _go_on_with(self, segment: SlaSegment, calendar: WorkingCalendar | None) -> None:
        if self._segments:
            self._segments[-1].segment.ends_at = segment.begins_at
        self._clocks.add(segment)
        self._moved.update(ClockKind)
        self._segments.append(Counted(segment, calendar))

    # --- the clocks -------------------------------------------------------------------------

    def start(self, kind: ClockKind, measure: Measure, since: datetime | None = None) -> None:
        """Begin a clock of a kind, where the policy has a target for it and none runs."""
        seconds = measure.seconds(kind)
        if seconds is None or self.runs(kind):
            return
        before = self._newest.get(kind)
        clock = SlaClock(
            ticket_id=self._ticket.id,
            kind=kind,
            round=before.round + 1 if before else 1,
            state=ClockState.RUNNING,
            target_seconds=seconds,
            started_at=since or self.at,
            due_at=NEVER,
            next_step_at=NEVER,
        )
        self._clocks.add(clock)
        self._newest[kind] = clock
        self._moved.add(kind)

    def stop(
        self, kind: ClockKind, *, unanswered: bool = False, at: datetime | None = None
    ) -> None:
        """End the clock of a kind, if it runs: met, or missed when its time was over.

        What ends ``unanswered`` in time was not met: nothing was due any more. One that has
        ended in the past, at a moment, is judged by the timeline.
        """
        clock = self._newest.get(kind)
        if clock is None or clock.stopped_at is not None:
            return
        if at is not None:
            clock.due_at = due_if_resumed(self._promises(clock), at) or NEVER
        self._end(clock, max(at or self._now, clock.started_at))
        in_time = ClockState.CANCELLED if unanswered else ClockState.MET
        clock.state = in_time if clock.missed_at is None else ClockState.MISSED

    def _end(self, clock: SlaClock, at: datetime) -> None:
        """End a clock at a moment, and tell by when it was due."""
        if clock.missed_at is None and is_late(clock.due_at, at):
            clock.missed_at = clock.due_at
        if clock.due_at == NEVER:
            if_resumed = due_if_resumed(self._promises(clock), at)
            clock.due_at = clock.missed_at or if_resumed or NEVER
        clock.stopped_at = at
        clock.next_step_at = NEVER
        self._ended.add(clock.kind)

    def stop_all(self) -> None:
        """End all clocks of a ticket that is solved or closed."""
        self.stop(ClockKind.RESOLUTION)
        for kind in ANSWERS:
            self.stop(kind, unanswered=True)

    def measure_by(self, measure: Measure | None) -> None:
        """Give the clocks the targets of a policy; what they have counted stays counted."""
        self._moved.update(ClockKind)
        self._sla.policy_id = measure.policy_id if measure else None
        self._sla.policy_version = measure.version if measure else 0
        for kind in ClockKind:
            seconds = measure.seconds(kind) if measure else None
            clock = self._newest.get(kind)
            if clock is not None and clock.stopped_at is not None and not self._awaits(kind):
                # What was due then stays so, whatever is due now.
                continue
            if seconds is None or measure is None:
                self.stop(kind, unanswered=True)
                self._ended.discard(kind)
                self._set_due(kind, NEVER)
            elif clock is not None and clock.stopped_at is None:
                clock.target_seconds = seconds
            elif self._awaits(kind):
                self.go_on(kind, measure, self.round_began)

    def begin_anew(self) -> None:
        """Forget how far a ticket was escalated before it was reopened."""
        self._sla.escalation_level, self._sla.escalated_at = 0, None
        self._is_anew = True

    def go_on(self, kind: ClockKind, measure: Measure, began: datetime) -> None:
        """Let a clock go on that no policy measured for a while, or begin one.

        It is the same clock, so that what was done for it is not done again.
        """
        clock, seconds = self._newest.get(kind), measure.seconds(kind)
        if clock is None or self._is_anew or clock.started_at != began:
            self.start(kind, measure, began)
        elif seconds is not None:
            clock.target_seconds = seconds
            self._revive(clock)

    def _revive(self, clock: SlaClock) -> None:
        """Let a clock go on that had ended; when it is due is worked out."""
        clock.state, clock.stopped_at = ClockState.RUNNING, None
        clock.due_at, clock.next_step_at = NEVER, NEVER
        self._moved.add(clock.kind)

    # --- what follows -----------------------------------------------------------------------

    def settle(self, offsets: Offsets) -> None:
        """Work out what follows for every clock, for the ticket and for lists."""
        for clock in self._running:
            if clock.kind in self._moved:
                self._work_out(clock, offsets)
                self._set_due(clock.kind, clock.due_at)
        for kind in self._ended:
            clock = self._newest[kind]
            if clock.stopped_at is not None and self.is_measured:
                self._set_due(kind, clock.due_at)
        self._ended.clear()
        self._moved.clear()
        self._sum_up()

    def plan_steps(self, offsets: Offsets) -> None:
        """Plan anew when the sweep has to look, after steps before or after due times changed.

        What has waited for the sweep still does.
        """
        for clock in self._running:
            is_quiet = clock.silent_for is not None
            if clock.due_at != NEVER and clock.next_step_at > self._now and not is_quiet:
                step = next_step(clock.due_at, offsets()[clock.kind], self._now)
                clock.next_step_at = step or NEVER

    def leave_missed(self) -> None:
        """Let what was overdue before it was measured set nothing off while it is late."""
        for clock in self._running:
            if clock.missed_at is not None:
                clock.silent_for, clock.next_step_at = clock.missed_at, NEVER

    def _sum_up(self) -> None:
        """Bring the row for lists in step with the clocks."""
        running, sla = self._running, self._sla
        soonest = min(running, key=lambda clock: clock.due_at, default=None)
        sla.next_kind = soonest.kind if soonest else None
        sla.next_due = soonest.due_at if soonest else NEVER
        sla.paused = any(clock.state is ClockState.PAUSED for clock in running)
        sla.late = any(clock.missed_at is not None for clock in running)

    def _work_out(self, clock: SlaClock, offsets: Offsets) -> None:
        reached = due(self._promises(clock))
        counts = self._segments[-1].calendar is not None
        due_at = reached if counts and reached is not None else NEVER
        was_missed = reached is not None and reached == clock.missed_at
        late = reached is not None and (was_missed or is_late(reached, self.at))
        clock.missed_at = reached if late else None
        clock.state = ClockState.RUNNING if counts else ClockState.PAUSED
        if clock.due_at != due_at:
            clock.due_at = due_at
            if due_at != NEVER and not late:
                _look_ahead(clock)
            is_planned = due_at != NEVER and clock.silent_for is None
            step = next_step(due_at, offsets()[clock.kind], None) if is_planned else None
            clock.next_step_at = step or NEVER

    def _set_due(self, kind: ClockKind, due: datetime) -> None:
        name = DUE_FIELDS.get(kind)
        # What is set is looked at once more when it is sent, even where it stays the same.
        if name and getattr(self._ticket, name) != due:
            setattr(self._ticket, name, due)

    def _awaits(self, kind: ClockKind) -> bool:
        """Return whether something is due of a kind no clock of which runs, by a new target.

        A next response is not: since when it is due is told by what was written.
        """
        if not self._ticket.status.is_open or kind is ClockKind.NEXT_RESPONSE:
            return False
        return kind is ClockKind.RESOLUTION or self._ticket.first_responded_at is None

    @property
    def _all_before(self) -> list[SlaClock]:
        return [each.clock for each in self._before]

    @property
    def _running(self) -> list[SlaClock]:
        clocks = (self._newest.get(kind) for kind in ClockKind)
        return [clock for clock in clocks if clock is not None and clock.stopped_at is None]

    @property
    def _segments(self) -> list[Counted]:
        if self._read is None:
            stored = self._clocks.segments(self._ticket.id)
            self._read = [Counted(each.segment, calendar_of(each)) for each in stored]
        return self._read

    @property
    def _handovers(self) -> Handovers:
        """What goes on with the clocks of this ticket, of those that were merged into it."""
        if self._handed is None:
            clocks, takers = self._clocks, tuple(self._takers)
            self._handed = handovers(clocks, takers) if isinstance(clocks, ClockRepository) else {}
        return self._handed

    def _promises(self, clock: SlaClock) -> tuple[Promise, ...]:
        """Return what a clock has to keep: its own target, and those of merged tickets."""
        stretches = tuple(
            Stretch(each.segment.begins_at, each.segment.ends_at, each.calendar)
            for each in self._segments
        )
        handed = self._handovers.get(clock.id, ())
        own = Promise(stretches, clock.started_at, clock.target_seconds)
        return joined(own, (each.taken for each in handed))


def _look_ahead(clock: SlaClock) -> None:
    """Let steps count anew for a clock that is not late, where its due time has moved on."""
    clock.silent_for = None
    if clock.told_for is not None and clock.due_at > clock.told_for + MOVED_ON:
        clock.told_for = None
