# SPDX-License-Identifier: GPL-3.0-or-later
"""A person with an account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.users import AccountOrigin, Role
from helpdesk.core.text import folded
from helpdesk.models.base import Base


class User(Base):
    """An account. One without a password exists as requester or assignee but cannot sign in."""

    __tablename__ = "user"
    __table_args__ = (
        # All that a list is narrowed by, so that a search reads the index alone.
        Index(
            "ix_user_listed",
            "full_name_folded",
            "id",
            "username_folded",
            "email",
            "role",
            "active",
            "origin",
        ),
        Index("ix_user_external_id", "origin", "external_id", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str]
    username_folded: Mapped[str] = mapped_column(unique=True)
    full_name: Mapped[str]
    full_name_folded: Mapped[str]
    email: Mapped[str | None]
    role: Mapped[Role]
    active: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None]
    password_one_time: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_sign_in_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    away_until: Mapped[datetime | None]
    capacity: Mapped[int | None]
    """How many open tickets the person can manage; ``NULL`` is the usual number."""
    origin: Mapped[AccountOrigin] = mapped_column(
        default=AccountOrigin.LOCAL, server_default="local"
    )
    external_id: Mapped[str | None]
    """What the directory or the provider knows them by, whatever they are called there."""

    @property
    def can_be_given_tickets(self) -> bool:
        """Whether this is somebody of the staff who still works here."""
        return self.active and self.role in STAFF

    def rename(self, full_name: str) -> None:
        """Set the name people see, and the folded one that sorts and searches."""
        self.full_name = full_name
        self.full_name_folded = folded(full_name)

    @classmethod
    def new(
        cls, username: str, full_name: str, email: str | None, role: Role, created_at: datetime
    ) -> User:
        """Make an active account without a password."""
        user = cls(
            username=username,
            username_folded=folded(username),
            email=email or None,
            role=role,
            created_at=created_at,
            active=True,
            password_one_time=False,
            version=1,
            origin=AccountOrigin.LOCAL,
        )
        user.rename(full_name)
        return user
