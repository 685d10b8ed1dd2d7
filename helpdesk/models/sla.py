# SPDX-License-Identifier: GPL-3.0-or-later
"""Business hours, service levels, and the time of each ticket as segments that never change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.clocks import ClockKind, ClockState, SegmentCause, SegmentState
from helpdesk.database.types import NEVER
from helpdesk.models.base import Base


class BusinessCalendar(Base):
    """When a desk or a team works. What it says is in its newest revision.

    ``feeds`` is JSON: each subscribed file with the days it named when it was read last. A
    calendar that was removed stays, since old segments were counted by it.
    """

    __tablename__ = "business_calendar"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_default: Mapped[bool] = mapped_column(default=False)
    removed: Mapped[bool] = mapped_column(default=False)
    feeds: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class CalendarRevision(Base):
    """What a calendar said from a moment on; never changed, so that what was counted stays so.

    ``settings`` is the JSON of a ``CalendarSettings``, ``feed_days`` of ``[day, name]`` pairs, or,
    where a country is set, of a ``KeptDays``, so that its days stay what they were, too.
    """

    __tablename__ = "calendar_revision"
    __table_args__ = (Index("ix_calendar_revision_calendar_id", "calendar_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("business_calendar.id"))
    at: Mapped[datetime]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    settings: Mapped[str]
    feed_days: Mapped[str]


class SlaPolicy(Base):
    """Which tickets are measured by which targets; ``settings`` is a ``PolicySettings`` in JSON."""

    __tablename__ = "sla_policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    removed: Mapped[bool] = mapped_column(default=False)
    calendar_id: Mapped[int] = mapped_column(ForeignKey("business_calendar.id"))
    settings: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class TicketSla(Base):
    """How a ticket stands with its service level, in one row for lists.

    All but ``policy_id`` and ``escalation_level`` follows from segments and clocks.
    """

    __tablename__ = "ticket_sla"
    __table_args__ = (
        Index("ix_ticket_sla_policy_id", "policy_id"),
        # What is late or due next is found without what is not.
        Index("ix_ticket_sla_late", "late", "next_due"),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("sla_policy.id"))
    policy_version: Mapped[int] = mapped_column(default=0)
    next_kind: Mapped[ClockKind | None]
    next_due: Mapped[datetime] = mapped_column(default=NEVER)
    paused: Mapped[bool] = mapped_column(default=False)
    late: Mapped[bool] = mapped_column(default=False)
    escalation_level: Mapped[int] = mapped_column(default=0)
    escalated_at: Mapped[datetime | None]
    """When the level rose first, since the ticket was opened or reopened."""


class SlaSegment(Base):
    """A stretch of a ticket's time: counted by a calendar, paused, or stopped; and why.

    The last one has no end. Once ended, it never changes: a policy or a calendar that is
    changed begins a new one.
    """

    __tablename__ = "sla_segment"
    __table_args__ = (Index("ix_sla_segment_ticket_id", "ticket_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    state: Mapped[SegmentState]
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("calendar_revision.id"))
    cause: Mapped[SegmentCause]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    detail: Mapped[str]


class SlaClock(Base):
    """A clock on a ticket: how much business time it has, between which moments it is counted.

    What it has counted follows from the segments of its ticket. ``due_at`` and ``next_step_at``
    are worked out from them: when it is due if nothing changes, and when the sweep has to look
    at it next; NEVER where it does not.

    ``told_for`` is the due time for which it was warned and told: steps at or before the due time
    fire once for each. ``silent_for`` is the due time that was missed before the clock was
    measured: it sets nothing off while that is so.
    """

    __tablename__ = "sla_clock"
    __table_args__ = (
        Index("ix_sla_clock_ticket_id", "ticket_id", "kind", "round"),
        Index("ix_sla_clock_next_step_at", "next_step_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[ClockKind]
    round: Mapped[int]
    state: Mapped[ClockState]
    target_seconds: Mapped[int]
    started_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    next_step_at: Mapped[datetime]
    missed_at: Mapped[datetime | None]
    told_for: Mapped[datetime | None]
    silent_for: Mapped[datetime | None]


class SlaHandover(Base):
    """That a clock goes on with a clock of the ticket that its own was merged into.

    Since when is told by when it was stopped. What was promised there is due here as well, until
    the merge is undone.
    """

    __tablename__ = "sla_handover"
    __table_args__ = (Index("ix_sla_handover_to_id", "to_id"),)

    from_id: Mapped[int] = mapped_column(ForeignKey("sla_clock.id"), primary_key=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("sla_clock.id"))
