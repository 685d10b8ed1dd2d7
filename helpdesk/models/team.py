# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works together."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class Team(Base):
    """A team; its calendar says when its people are on duty."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_folded: Mapped[str] = mapped_column(index=True)
    calendar_id: Mapped[int | None] = mapped_column(ForeignKey("business_calendar.id"))
    removed: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class TeamMember(Base):
    """That somebody is in a team."""

    __tablename__ = "team_member"
    __table_args__ = (Index("ix_team_member_user_id", "user_id"),)

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
