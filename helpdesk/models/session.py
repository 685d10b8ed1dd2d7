# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is signed in, for every process that serves the desk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class SignInSession(Base):
    """A session of one person; the token itself is known to its owner alone."""

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_user_id", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    source: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """The address it came from; only its owner and admins are told."""
    device: Mapped[str] = mapped_column(default="", server_default=text("''"))
    """What the program says of the workstation it runs on."""
