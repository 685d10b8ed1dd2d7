# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys with which other systems call the API as one of the desk's people."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class ApiKey(Base):
    """A key that acts as ``user_id`` within ``scopes``, which are names parted by spaces.

    A revoked key stays, so that it can be told what it was and when it was used last.
    """

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    maker_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    scopes: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
