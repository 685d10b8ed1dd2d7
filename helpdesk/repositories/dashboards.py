# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the dashboards of people, and those that teams begin with."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from helpdesk.database.types import is_id
from helpdesk.models import OwnDashboard, Team, TeamDashboard, TeamMember

_member, _team, _shared = TeamMember.__table__.c, Team.__table__.c, TeamDashboard.__table__.c


class SharedDashboard(NamedTuple):
    """A team that somebody is in, and what its people begin with, if there is something."""

    team_id: int
    team: str
    layout: str | None


class DashboardRepository:
    """The dashboards of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def own(self, person_id: int) -> OwnDashboard | None:
        """Return the dashboard that somebody made for themselves."""
        return self._session.get(OwnDashboard, person_id)

    def keep(self, own: OwnDashboard) -> None:
        """Store a new dashboard."""
        self._session.add(own)

    def forget(self, own: OwnDashboard) -> None:
        """Remove the dashboard of somebody."""
        self._session.delete(own)

    def teams_of(self, person_id: int) -> list[SharedDashboard]:
        """Return the teams that somebody is in, by name, with what they begin with."""
        statement = (
            select(_team.id, _team.name, _shared.layout)
            .join(TeamMember.__table__, _member.team_id == _team.id)
            .join(TeamDashboard.__table__, _shared.team_id == _team.id, isouter=True)
            .where(_member.user_id == person_id, _team.removed.is_(False))
            .order_by(_team.name_folded, _team.id)
        )
        return [SharedDashboard._make(row) for row in self._session.execute(statement)]

    def share(self, team_id: int, layout: str, author_id: int | None, at: datetime) -> None:
        """Let the people of a team begin with a dashboard."""
        shared = TeamDashboard(team_id=team_id, layout=layout, author_id=author_id, at=at)
        self._session.merge(shared)

    def unshare(self, team_id: int) -> None:
        """Let the people of a team begin with what their role begins with."""
        if is_id(team_id):
            self._session.execute(delete(TeamDashboard).where(TeamDashboard.team_id == team_id))
