# SPDX-License-Identifier: GPL-3.0-or-later
"""What the time of a ticket is measured by, and what its segments are counted by."""

from __future__ import annotations

from dataclasses import dataclass

from helpdesk.core.schemas.clocks import ClockKind, SegmentCause
from helpdesk.core.schemas.sla import Target
from helpdesk.models import SlaSegment
from helpdesk.repositories.clocks import StoredSegment, ToldSegment
from helpdesk.sla.calendar import WorkingCalendar, working_calendar
from helpdesk.sla.policy_match import seconds_of

NO_POLICY = "no service level applies"
"""Why time does not count that no policy measures."""


@dataclass(frozen=True)
class Measure:
    """What a ticket is measured by: a policy, its targets for the ticket, and its calendar."""

    policy_id: int
    version: int
    name: str
    revision_id: int
    calendar: WorkingCalendar
    target: Target

    def seconds(self, kind: ClockKind) -> int | None:
        """Return the target of a clock, or ``None`` where there is none."""
        return seconds_of(self.target, kind)


@dataclass(frozen=True)
class Counted:
    """A segment with the calendar it is counted by, where it is counted at all."""

    segment: SlaSegment
    calendar: WorkingCalendar | None


@dataclass(frozen=True)
class Because:
    """What began a segment, and who."""

    cause: SegmentCause
    actor_id: int | None


def calendar_of(segment: StoredSegment | ToldSegment) -> WorkingCalendar | None:
    """Return the calendar that a segment is counted by, as it was then."""
    if segment.settings is None or segment.feed_days is None:
        return None
    return working_calendar(segment.settings, segment.feed_days)
