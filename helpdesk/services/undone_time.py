# SPDX-License-Identifier: GPL-3.0-or-later
"""The time of a ticket when a change of its status is undone: as if that had never been made.

The newest segment is taken off again and the one before goes on, so that whoever resolves a ticket
by mistake, and undoes it, neither stops a clock by that nor begins one anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from helpdesk.core.schemas.clocks import ClockKind, SegmentCause, SegmentState
from helpdesk.database.types import NEVER
from helpdesk.models import SlaClock, SlaSegment
from helpdesk.repositories.clocks import ClockRepository
from helpdesk.services.measures import NO_POLICY
from helpdesk.services.ticket_time import TicketTime
from helpdesk.sla.timeline import state_of

_BY_STATUS = (SegmentCause.STATUS, SegmentCause.REOPENED)
_MEASURED_OTHERWISE = (
    SegmentCause.PRIORITY,
    SegmentCause.CATEGORY,
    SegmentCause.TEAM,
    SegmentCause.POLICY,
    SegmentCause.CALENDAR,
)


class UndoneTime(TicketTime):
    """What can be done to the time of a ticket besides by an undo."""

    def can_take_back(self, since: datetime) -> bool:
        """Return whether what is undone began the newest of a ticket's states, and nothing else.

        That it was measured otherwise since, by another priority or policy, holds nothing up.
        """
        place = self._newest_state
        if place is None or place == 0:
            return False
        before, begun = (each.segment for each in self._segments[place - 1 : place + 1])
        if begun.cause not in _BY_STATUS or begun.begins_at < since:
            return False
        if any(clock.id in self._takers for clock in self._begun_with(begun)):
            return False
        wanted = state_of(self._ticket.status)
        unmeasured = before.state is SegmentState.PAUSED and before.detail == NO_POLICY
        return before.state is wanted or (unmeasured and wanted is SegmentState.COUNTED)

    def take_back(self, asked_at: datetime | None, was: Mapping[str, Any]) -> None:
        """Let the time before go on; ``asked_at`` is since when the customer waits, if so."""
        place = self._newest_state or len(self._segments)
        gone = [each.segment for each in self._segments[place:]]
        del self._segments[place:]
        self._segments[-1].segment.ends_at = None
        begun = gone[0]
        if begun.cause is SegmentCause.REOPENED:
            self._forget_round(begun, was)
        elif begun.state is SegmentState.STOPPED:
            self._revive_ended(begun, asked_at)
        for each in gone:
            self._repository.remove(each)
        self._moved.update(ClockKind)

    @property
    def _newest_state(self) -> int | None:
        """Where the segment stands with which the ticket came into its present state."""
        for place in range(len(self._segments) - 1, -1, -1):
            if self._segments[place].segment.cause not in _MEASURED_OTHERWISE:
                return place
        return None

    def _begun_with(self, segment: SlaSegment) -> list[SlaClock]:
        if segment.cause is not SegmentCause.REOPENED:
            return []
        begun = (clock for clock in self._newest.values())
        return [clock for clock in begun if clock.started_at >= segment.begins_at]

    def _forget_round(self, segment: SlaSegment, was: Mapping[str, Any]) -> None:
        """Take the clocks away that began with a reopening, and show those before them again."""
        for clock in self._begun_with(segment):
            before = self._repository.round_before(clock)
            self._repository.remove_clock(clock)
            if before is None:
                del self._newest[clock.kind]
                self._set_due(clock.kind, NEVER)
            else:
                self._newest[clock.kind] = before
                self._set_due(clock.kind, before.due_at)
        self._sla.escalation_level = was.get("escalation_level", self._sla.escalation_level)
        self._sla.escalated_at = was.get("escalated_at", self._sla.escalated_at)

    def _revive_ended(self, segment: SlaSegment, asked_at: datetime | None) -> None:
        """Let the clocks go on that the end of the ticket has ended, and no answer."""
        awaited = {
            ClockKind.RESOLUTION: True,
            ClockKind.FIRST_RESPONSE: self._ticket.first_responded_at is None,
            ClockKind.NEXT_RESPONSE: asked_at is not None,
        }
        for kind, clock in self._newest.items():
            ended = clock.stopped_at
            if ended is not None and ended >= segment.begins_at and awaited[kind]:
                self._revive(clock)

    @property
    def _repository(self) -> ClockRepository:
        assert isinstance(self._clocks, ClockRepository)  # noqa: S101 - it is no new ticket
        return self._clocks
