# SPDX-License-Identifier: GPL-3.0-or-later
"""A ticket and the rules of its life."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.schemas.tickets import Priority, Source, Status
from helpdesk.database.types import NEVER
from helpdesk.models.base import Base

_WORKED = (Status.OPEN, Status.IN_PROGRESS, Status.AWAITING_CUSTOMER)
_DONE = (Status.RESOLVED, Status.CLOSED)
_FILTERED = ("status", "priority", "category_id", "assignee_id", "requester_id")

TRANSITIONS: dict[Status, tuple[Status, ...]] = {
    Status.NEW: (*_WORKED, *_DONE),
    **{
        status: (*(other for other in _WORKED if other is not status), *_DONE) for status in _WORKED
    },
    Status.RESOLVED: (Status.OPEN, Status.CLOSED),
    Status.CLOSED: (Status.OPEN,),
}
"""Where each status may go next. Leaving Resolved or Closed for Open is a reopening."""


class Ticket(Base):
    """A request of one person, worked by one assignee.

    The indexes end in the default order of lists (priority, status, due time), so that any
    page of any common filter is one short walk. Those by date also hold what lists are
    filtered by, behind the id that settles the order: a walk along them reads no ticket that
    does not match. The description stands last so that a long one is not read for a list.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("ix_ticket_urgency", "priority", "status", "resolution_due", "id", "created_at"),
        Index("ix_ticket_assignee", "assignee_id", "priority", "status", "resolution_due", "id"),
        Index("ix_ticket_requester", "requester_id", "priority", "status", "resolution_due", "id"),
        Index("ix_ticket_category", "category_id", "priority", "status", "resolution_due", "id"),
        Index("ix_ticket_team", "team_id", "priority", "status", "resolution_due", "id"),
        Index("ix_ticket_created_at", "created_at", "id", *_FILTERED),
        Index("ix_ticket_updated_at", "updated_at", "id", *_FILTERED, "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    status: Mapped[Status]
    priority: Mapped[Priority]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    requester_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    first_response_due: Mapped[datetime] = mapped_column(default=NEVER)
    first_responded_at: Mapped[datetime | None]
    resolution_due: Mapped[datetime] = mapped_column(default=NEVER)
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    replies: Mapped[int] = mapped_column(default=0)
    notes: Mapped[int] = mapped_column(default=0)
    source: Mapped[Source]
    subject: Mapped[str]
    description: Mapped[str]
    team_id: Mapped[int | None] = mapped_column(ForeignKey("team.id"))
    reopens: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often it was reopened; each resolution after that is one of its own."""

    @property
    def number(self) -> str:
        """The number people use, such as 'HD-1042'."""
        return number_of(self.id)

    def expect(self, version: int) -> None:
        """Raise ``Conflict`` unless ``version`` is what the caller has seen."""
        if self.version != version:
            raise Conflict(
                f"{self.number} was changed in the meantime; look at the new state and try again."
            )

    def touch(self, at: datetime) -> None:
        """Count a change, so that an older view of the ticket cannot overwrite it."""
        self.version += 1
        self.updated_at = max(self.updated_at, at)

    def move_to(self, status: Status, at: datetime) -> None:
        """Change the status and the times that follow from it.

        Raises ``Invalid`` when the status may not follow the present one.
        """
        if status not in TRANSITIONS[self.status]:
            raise Invalid(
                f"{self.number} is {self.status.label} and cannot become {status.label}.",
                field="status",
            )
        if status.is_open:
            self.resolved_at = self.closed_at = None
        else:
            # With the clock set back in between, no duration may become negative.
            self.resolved_at = self.resolved_at or max(at, self.created_at)
            self.closed_at = max(at, self.resolved_at) if status is Status.CLOSED else None
        self.status = status

    def note_first_response(self, at: datetime) -> None:
        """Keep the time of the first public answer by staff."""
        if self.first_responded_at is None:
            self.first_responded_at = max(at, self.created_at)


def number_of(ticket_id: int) -> str:
    """Return the number people use for a ticket, such as 'HD-1042'."""
    return f"HD-{ticket_id}"
