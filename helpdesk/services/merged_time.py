# SPDX-License-Identifier: GPL-3.0-or-later
"""The time of a ticket when it is merged into another, when one is merged into it, and undone."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.clocks import ClockKind, ClockState, SegmentCause, SegmentState
from helpdesk.core.schemas.tickets import Status
from helpdesk.models import SlaClock, SlaSegment
from helpdesk.services.measures import Because, Counted, Measure
from helpdesk.services.ticket_time import TicketTime
from helpdesk.sla.joining import goes_on_as

_INTO = "merged into {}"


class MergedTime(TicketTime):
    """What can be done to the time of a ticket besides by a merge."""

    @property
    def is_merged(self) -> bool:
        """Whether the ticket has ended by being merged into another, and nothing came after."""
        last = self._segments[-1].segment
        return last.cause is SegmentCause.MERGED and last.state is SegmentState.STOPPED

    def is_merged_into(self, number: str) -> bool:
        """Whether that is so, and it was this other one."""
        return self.is_merged and self._segments[-1].segment.detail == _INTO.format(number)

    @property
    def counts(self) -> bool:
        """Whether the time of the ticket counts, where it lies within its hours."""
        return self._segments[-1].calendar is not None

    # --- the merged ticket ------------------------------------------------------------------

    def end_by_merge(self, into: str, measure: Measure | None, because: Because) -> list[SlaClock]:
        """End the ticket's time as it goes on in another; return the clocks that it had open."""
        open_clocks = self._running
        for clock in open_clocks:
            self._end(clock, max(self._now, clock.started_at))
            clock.state = ClockState.MERGED
        if open_clocks and measure and not self.counts:
            # It takes no time, and tells by which hours it would have gone on.
            self.turn_at(self.at, Status.OPEN, measure, because)
        segment = SlaSegment(
            ticket_id=self._ticket.id,
            begins_at=self.at,
            state=SegmentState.STOPPED,
            cause=because.cause,
            actor_id=because.actor_id,
            detail=_INTO.format(into),
        )
        self._go_on_with(segment, None)
        return open_clocks

    def go_on_alone(self, measure: Measure | None, because: Because) -> None:
        """Let the ticket's time go on as if it had never been merged.

        The time since then was not over until now, so that it can become what it would have been.
        """
        before, last = self._before_merge, self._segments[-1].segment
        last.state, last.detail = before.segment.state, before.segment.detail
        last.revision_id = before.segment.revision_id
        self._segments[-1] = Counted(last, before.calendar)
        for clock in self._newest.values():
            if clock.state is ClockState.MERGED:
                self._revive(clock)
        if not self._ticket.status.is_open:
            self.stop_all()
        self.turn(measure, because)
        if self._ticket.status.is_open:
            self.measure_by(measure)

    @property
    def _before_merge(self) -> Counted:
        """How the ticket stood when it was merged, without what tells its hours only."""
        before, last = self._segments[-2:]
        earlier = self._segments[-3:][0]
        tells_hours = (
            before.segment.cause is SegmentCause.MERGED
            and before.segment.state is SegmentState.COUNTED
            and before.segment.begins_at == last.segment.begins_at
            and earlier.segment.state is SegmentState.PAUSED
        )
        return earlier if tells_hours else before

    # --- the ticket that it is merged into --------------------------------------------------

    def taker(self, clock: SlaClock, measure: Measure | None) -> SlaClock | None:
        """Return with which clock one of a merged ticket goes on, or ``None`` where none is due."""
        kind = goes_on_as(clock.kind, [each.kind for each in self._running])
        is_answered = self._ticket.first_responded_at is not None
        if kind is ClockKind.NEXT_RESPONSE and is_answered and measure is not None:
            self.start(kind, measure)
        return self._newest[kind] if self.runs(kind) else None

    def changes_promises(self) -> None:
        """Work everything out anew, as other clocks go on with these, or no longer do."""
        self._takers = frozenset(clock.id for clock in self._newest.values())
        self._handed = None
        self._moved.update(ClockKind)

    @property
    def waits_by_merge(self) -> bool:
        """Whether a next response is due since a ticket was merged into this one."""
        clock, segments = self._newest.get(ClockKind.NEXT_RESPONSE), self._segments
        merges = (each.segment for each in segments if each.segment.cause is SegmentCause.MERGED)
        is_open = clock is not None and clock.stopped_at is None
        return is_open and any(clock and each.begins_at == clock.started_at for each in merges)

    def waits_since(self, asked_at: datetime | None) -> None:
        """Let a next response that a merge began be due by what has been asked without that one."""
        clock = self._newest[ClockKind.NEXT_RESPONSE]
        merged = [each.taken.at for each in self._handovers.get(clock.id, ())]
        asked = min((at for at in (asked_at, *merged) if at is not None), default=None)
        if asked is None:
            self.stop(ClockKind.NEXT_RESPONSE, unanswered=True)
        else:
            clock.started_at = asked
