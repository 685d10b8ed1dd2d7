# SPDX-License-Identifier: GPL-3.0-or-later
"""The dashboards of people, and those that teams begin with."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.models.base import Base


class OwnDashboard(Base):
    """The dashboard somebody made for themselves; ``layout`` is a ``Layout`` in JSON."""

    __tablename__ = "own_dashboard"

    person_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    layout: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class TeamDashboard(Base):
    """What the people of a team begin with."""

    __tablename__ = "team_dashboard"

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    layout: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
