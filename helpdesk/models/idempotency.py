# SPDX-License-Identifier: GPL-3.0-or-later
"""Which calls were done already, so that one sent again has no second effect."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class DoneCall(Base):
    """A call that was done, written in the transaction of its effect.

    ``answer`` is compressed JSON, and ``None`` where it holds a secret or was not known yet
    when the effect was committed. ``role`` is whom it was made for: nobody else is shown it.
    """

    __tablename__ = "idempotency"

    actor_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    key_hash: Mapped[str] = mapped_column(primary_key=True)
    operation: Mapped[str]
    request_hash: Mapped[str]
    role: Mapped[str]
    answer: Mapped[bytes | None]
    at: Mapped[datetime] = mapped_column(index=True)
