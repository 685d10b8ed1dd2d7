# SPDX-License-Identifier: GPL-3.0-or-later
"""What people wrote on a ticket."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class Comment(Base):
    """A reply everybody on the ticket reads, or an internal note only staff read.

    Of an ``automatic`` one the author is who switched automatic answers on.
    """

    __tablename__ = "comment"
    __table_args__ = (Index("ix_comment_ticket_id", "ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    by_staff: Mapped[bool]
    internal: Mapped[bool]
    created_at: Mapped[datetime]
    body: Mapped[str]
    automatic: Mapped[bool] = mapped_column(default=False, server_default=false())
