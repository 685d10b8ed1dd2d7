# SPDX-License-Identifier: GPL-3.0-or-later
"""How requesters found the solutions of their tickets."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.schemas.ratings import LowReason
from helpdesk.models.base import Base


class Rating(Base):
    """A rating of one resolution of a ticket; ``round`` is how often it was reopened by then."""

    __tablename__ = "rating"
    __table_args__ = (UniqueConstraint("ticket_id", "round", name="uq_rating_ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    round: Mapped[int]
    score: Mapped[int]
    reason: Mapped[LowReason | None]
    comment: Mapped[str]
    at: Mapped[datetime]
    by_mail: Mapped[bool] = mapped_column(default=False)
    changes: Mapped[int] = mapped_column(default=0)
    """How often it was changed; not told by moments, as the clock of a computer is set back."""
