# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on tickets: kept in pieces in the database, under ids that nobody can guess."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class Attachment(Base):
    """A file that somebody has put, or is putting, on a ticket or one of its comments.

    ``key`` is its random id, the only name by which it is asked for; ``name`` is what people read
    and never a path. Until ``completed_at`` it is being sent; without a ticket it waits for the
    ticket or comment that it is to be put on, and is swept away a day later, unless it waits in
    the trash with its ticket. While nobody has said how large it will be, ``size`` is 0.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        Index("ix_attachment_key", "key", unique=True),
        Index("ix_attachment_ticket_id", "ticket_id"),
        Index("ix_attachment_comment_id", "comment_id"),
        Index("ix_attachment_owner_id", "owner_id", "ticket_id"),
        Index("ix_attachment_created_at", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str | None]
    created_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    internal: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it stands on an internal note, and is for staff alone as that is."""
    said: Mapped[str | None] = mapped_column(deferred=True)
    """What the search finds it by: its name, and what a text file says, on further lines."""
    trashed_id: Mapped[int | None]
    """The ticket in the trash that it comes back with, while that is there."""


class AttachmentPiece(Base):
    """A piece of a file, in order from 0."""

    __tablename__ = "attachment_piece"

    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    data: Mapped[bytes] = mapped_column(LargeBinary)
