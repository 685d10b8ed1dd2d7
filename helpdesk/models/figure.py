# SPDX-License-Identifier: GPL-3.0-or-later
"""What is counted of tickets: by ticket, and in sums by day.

Each ticket has one row of what it counts as. The sums by day are nothing but those rows added
up, and change with them: whoever changes a ticket takes off what it counted as, and adds what it
counts as now.
"""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.tickets import Priority, Status
from helpdesk.models.base import Base


class TicketFigure(Base):
    """What one ticket counts as. Days are since 1970, in the zone in which the desk counts days.

    ``team_id``, ``category_id`` and ``technician_id`` are 0 for none; the technician is the
    assignee of the ticket, whatever their role. Durations are seconds; ``NULL`` is what did not
    happen or is not known. ``*_met`` is 1 or 0 of what was measured.
    """

    __tablename__ = "ticket_figure"
    __table_args__ = (
        Index("ix_ticket_figure_created_day", "created_day", "ticket_id"),
        Index("ix_ticket_figure_resolved_day", "resolved_day", "ticket_id"),
        Index("ix_ticket_figure_closed_day", "closed_day", "ticket_id"),
        Index("ix_ticket_figure_responded_day", "responded_day", "ticket_id"),
        Index("ix_ticket_figure_escalated_day", "escalated_day", "ticket_id"),
        Index("ix_ticket_figure_rated_day", "rated_day", "ticket_id"),
        # What is open is found without what is not.
        Index(
            "ix_ticket_figure_open",
            "created_day",
            "ticket_id",
            sqlite_where=text("status < 5"),
            postgresql_where=text("status < 5"),
        ),
        Index("ix_ticket_figure_resolution_seconds", "resolution_seconds", "resolved_day"),
        Index("ix_ticket_figure_response_seconds", "response_seconds", "responded_day"),
    )

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), primary_key=True)
    status: Mapped[Status]
    priority: Mapped[Priority]
    category_id: Mapped[int] = mapped_column(default=0)
    team_id: Mapped[int] = mapped_column(default=0)
    technician_id: Mapped[int] = mapped_column(default=0)
    created_day: Mapped[int]
    created_hour: Mapped[int]
    responded_day: Mapped[int | None]
    response_seconds: Mapped[int | None]
    response_met: Mapped[int | None]
    resolved_day: Mapped[int | None]
    resolution_seconds: Mapped[int | None]
    resolution_met: Mapped[int | None]
    closed_day: Mapped[int | None]
    reopened: Mapped[int] = mapped_column(default=0)
    escalated_day: Mapped[int | None]
    rated_day: Mapped[int | None]
    score: Mapped[int | None]
    suggested: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    seconds_new: Mapped[int | None]
    seconds_open: Mapped[int | None]
    seconds_in_progress: Mapped[int | None]
    seconds_awaiting: Mapped[int | None]


class DailyFigure(Base):
    """The sums of one day, of one slice of all tickets.

    ``slice`` is the number of a ``figures.slices.Slice``; ``first_id`` and ``second_id`` say which
    one of it, 0 where it has none. Open tickets are counted on the day on which they were
    opened. Histograms are those of ``figures.durations``.
    """

    LIVE: ClassVar[str] = "now_new + now_open + now_in_progress + now_awaiting"
    """How many of the tickets opened on the day are still open."""

    __tablename__ = "daily_figure"
    __table_args__ = (
        # Most days are done with; these are the ones on which tickets were opened that are not.
        # It holds what is counted of them: the rows, with all their sums, are far apart.
        Index(
            "ix_daily_figure_live",
            "slice",
            "first_id",
            "second_id",
            "day",
            "now_new",
            "now_open",
            "now_in_progress",
            "now_awaiting",
            "unassigned",
            sqlite_where=text(f"{LIVE} > 0"),
            postgresql_where=text(f"{LIVE} > 0"),
        ),
    )

    slice: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    second_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created: Mapped[int] = mapped_column(default=0)
    resolved: Mapped[int] = mapped_column(default=0)
    closed: Mapped[int] = mapped_column(default=0)
    now_new: Mapped[int] = mapped_column(default=0)
    now_open: Mapped[int] = mapped_column(default=0)
    now_in_progress: Mapped[int] = mapped_column(default=0)
    now_awaiting: Mapped[int] = mapped_column(default=0)
    unassigned: Mapped[int] = mapped_column(default=0)
    responded: Mapped[int] = mapped_column(default=0)
    response_seconds: Mapped[int] = mapped_column(default=0)
    response_met: Mapped[int] = mapped_column(default=0)
    response_missed: Mapped[int] = mapped_column(default=0)
    resolution_seconds: Mapped[int] = mapped_column(default=0)
    resolution_met: Mapped[int] = mapped_column(default=0)
    resolution_missed: Mapped[int] = mapped_column(default=0)
    reopened: Mapped[int] = mapped_column(default=0)
    escalated: Mapped[int] = mapped_column(default=0)
    score_1: Mapped[int] = mapped_column(default=0)
    score_2: Mapped[int] = mapped_column(default=0)
    score_3: Mapped[int] = mapped_column(default=0)
    score_4: Mapped[int] = mapped_column(default=0)
    score_5: Mapped[int] = mapped_column(default=0)
    suggested: Mapped[int] = mapped_column(default=0)
    accepted: Mapped[int] = mapped_column(default=0)
    avoided: Mapped[int] = mapped_column(default=0)
    timed: Mapped[int] = mapped_column(default=0)
    """How many of the resolved are in the seconds below: of others no history is known."""
    seconds_new: Mapped[int] = mapped_column(default=0)
    seconds_open: Mapped[int] = mapped_column(default=0)
    seconds_in_progress: Mapped[int] = mapped_column(default=0)
    seconds_awaiting: Mapped[int] = mapped_column(default=0)
    response_histogram: Mapped[bytes | None] = mapped_column(LargeBinary)
    resolution_histogram: Mapped[bytes | None] = mapped_column(LargeBinary)


class HourlyFigure(Base):
    """How many tickets were opened in each hour of a day, of a team or, as 0, of all."""

    __tablename__ = "hourly_figure"

    team_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hour: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    created: Mapped[int] = mapped_column(default=0)
