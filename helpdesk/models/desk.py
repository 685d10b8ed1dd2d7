# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about the desk as a whole, such as when it was made."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class DeskFact(Base):
    """One named fact; ``demo_accounts`` exists in demo desks only."""

    __tablename__ = "desk_fact"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
