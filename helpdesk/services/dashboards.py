# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards: everybody of the staff has one, and arranges it."""

from __future__ import annotations

from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.dashboards import DashboardChange, DashboardView, SharedLayout
from helpdesk.services.work import Work


class Dashboards:
    """The dashboard of the caller, and those that teams begin with."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/me/dashboard", permission=Permission.SEE_OWN_FIGURES)
    def mine(self) -> DashboardView:
        """Return the caller's own dashboard, else that of their team, else that of their role."""
        raise NotImplementedError

    @operation("PUT", "/me/dashboard", permission=Permission.SEE_OWN_FIGURES)
    def save(self, change: DashboardChange) -> DashboardView:
        """Keep the caller's dashboard. Raises ``Conflict`` if another window changed it."""
        raise NotImplementedError

    @operation("DELETE", "/me/dashboard", permission=Permission.SEE_OWN_FIGURES)
    def reset(self) -> DashboardView:
        """Forget the caller's own dashboard, and return the one they begin with."""
        raise NotImplementedError

    @operation("PUT", "/dashboards/teams", permission=Permission.SEE_FIGURES)
    def share(self, shared: SharedLayout) -> None:
        """Let everybody of a team who has no dashboard of their own begin with this one."""
        raise NotImplementedError

    @operation("DELETE", "/dashboards/teams/{team_id}", permission=Permission.SEE_FIGURES)
    def unshare(self, team_id: int) -> None:
        """Let the people of a team begin with what their role begins with."""
        raise NotImplementedError
