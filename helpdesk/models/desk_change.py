# SPDX-License-Identifier: GPL-3.0-or-later
"""What changed besides tickets, for windows to refresh by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class DeskChange(Base):
    """A change of one row of a kind, such as ``user``; tickets have their history instead."""

    __tablename__ = "desk_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    row_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)
