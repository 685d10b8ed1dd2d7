# SPDX-License-Identifier: GPL-3.0-or-later
"""What a ticket is about."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class Category(Base):
    """A category; a retired one stays on old tickets and is not offered for new ones."""

    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(unique=True)
    active: Mapped[bool] = mapped_column(default=True)
