# SPDX-License-Identifier: GPL-3.0-or-later
"""Teams: who works together, and who of them is there."""

from __future__ import annotations

from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.teams import Absence, TeamChange, TeamSettings, TeamView
from helpdesk.services.work import Work


class Teams:
    """The teams of the desk."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/teams", permission=Permission.WORK_TICKET)
    def all(self) -> tuple[TeamView, ...]:
        """List the teams with their people, and who of them is on duty."""
        raise NotImplementedError

    @operation("POST", "/teams", permission=Permission.MANAGE_USERS, creates=True)
    def add(self, new: TeamSettings) -> TeamView:
        """Add a team."""
        raise NotImplementedError

    @operation("PUT", "/teams/{team_id}", permission=Permission.MANAGE_USERS)
    def change(self, team_id: int, change: TeamChange) -> TeamView:
        """Change a team and who is in it."""
        raise NotImplementedError

    @operation("DELETE", "/teams/{team_id}", permission=Permission.MANAGE_USERS)
    def remove(self, team_id: int) -> None:
        """Remove a team; tickets that name it keep its name."""
        raise NotImplementedError

    @operation("PUT", "/me/absence", permission=Permission.WORK_TICKET)
    def set_absence(self, absence: Absence) -> None:
        """Be away until a moment, so that rules give one no tickets, or be back."""
        raise NotImplementedError

    @operation("GET", "/me/absence", permission=Permission.WORK_TICKET)
    def absence(self) -> Absence:
        """Tell until when one is away."""
        raise NotImplementedError
