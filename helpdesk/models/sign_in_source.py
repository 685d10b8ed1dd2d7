# SPDX-License-Identifier: GPL-3.0-or-later
"""From where people have signed in, so that a stranger's guesses do not keep them out there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class SignInSource(Base):
    """A source of one person, known by a hash with the desk's own salt, and its last sign-in."""

    __tablename__ = "sign_in_source"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    source_hash: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
