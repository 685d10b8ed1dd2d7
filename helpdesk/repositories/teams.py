# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes teams and who is in them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid
from helpdesk.core.schemas.users import TeamRef
from helpdesk.database.types import is_id
from helpdesk.models import Team

_NO_TEAM = "That team does not exist; choose another."


class TeamRepository:
    """The teams of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def choose(self, team_id: int) -> TeamRef:
        """Return a team that tickets can be given to. Raises ``Invalid``."""
        team = self._found(team_id)
        if team is None or team.removed:
            raise Invalid(_NO_TEAM, field="team_id")
        return TeamRef(id=team.id, name=team.name)

    def name_of(self, team_id: int | None) -> str | None:
        """Return a team's name, also of one that was removed."""
        team = self._found(team_id) if team_id else None
        return team.name if team else None

    def _found(self, team_id: int) -> Team | None:
        return self._session.get(Team, team_id) if is_id(team_id) else None
