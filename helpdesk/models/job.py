# SPDX-License-Identifier: GPL-3.0-or-later
"""When each recurring job is due, and who runs it at present."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class Job(Base):
    """A recurring job; whoever runs it has leased it until a moment, and may be gone by then."""

    __tablename__ = "job"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    last_ran_at: Mapped[datetime | None]
