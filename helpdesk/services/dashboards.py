# SPDX-License-Identifier: GPL-3.0-or-later
"""Dashboards: everybody of the staff has one, and arranges it."""

from __future__ import annotations

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.dashboards import (
    DashboardChange,
    DashboardView,
    LayoutOrigin,
    SharedLayout,
)
from helpdesk.core.schemas.users import Role
from helpdesk.models import OwnDashboard
from helpdesk.repositories.dashboards import SharedDashboard
from helpdesk.repositories.desk_changes import DASHBOARD, TEAM_DASHBOARD
from helpdesk.services.dashboard_layouts import (
    layout_of_manager,
    layout_of_technician,
    read,
    written,
)
from helpdesk.services.work import Work


class Dashboards:
    """The dashboard of the caller, and those that teams begin with."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/me/dashboard", permission=Permission.SEE_OWN_FIGURES)
    def mine(self) -> DashboardView:
        """Return the caller's own dashboard, else that of their team, else that of their role."""
        own = self._own()
        return self._beginning() if own is None else _view(own)

    @operation("PUT", "/me/dashboard", permission=Permission.SEE_OWN_FIGURES)
    def save(self, change: DashboardChange) -> DashboardView:
        """Keep the caller's dashboard. Raises ``Conflict`` if another window changed it."""
        person_id, own = self._person_id(), self._own()
        if change.version != (own.version if own else 0):
            raise Conflict(
                "Your dashboard was changed in another window; look at it and try again.",
                current=self.mine(),
            )
        if own is None:
            own = OwnDashboard(person_id=person_id, layout="", version=0)
            self._work.desk.dashboards.keep(own)
        own.layout, own.version = written(change.layout), own.version + 1
        self._work.desk.changed(DASHBOARD, person_id)
        return _view(own)

    @operation("DELETE", "/me/dashboard", permission=Permission.SEE_OWN_FIGURES)
    def reset(self) -> DashboardView:
        """Forget the caller's own dashboard, and return the one they begin with."""
        own = self._own()
        if own is not None:
            self._work.desk.dashboards.forget(own)
            self._work.desk.changed(DASHBOARD, own.person_id)
        return self._beginning()

    @operation("PUT", "/dashboards/teams", permission=Permission.SEE_FIGURES)
    def share(self, shared: SharedLayout) -> None:
        """Let everybody of a team who has no dashboard of their own begin with this one."""
        desk = self._work.desk
        team = desk.teams.choose(shared.team_id)
        desk.dashboards.share(team.id, written(shared.layout), self._work.actor.id, self._work.now)
        desk.changed(TEAM_DASHBOARD, team.id)

    @operation("DELETE", "/dashboards/teams/{team_id}", permission=Permission.SEE_FIGURES)
    def unshare(self, team_id: int) -> None:
        """Let the people of a team begin with what their role begins with."""
        desk = self._work.desk
        team = desk.teams.get(team_id)
        desk.dashboards.unshare(team.id)
        desk.changed(TEAM_DASHBOARD, team.id)

    def _own(self) -> OwnDashboard | None:
        person_id = self._work.actor.id
        return None if person_id is None else self._work.desk.dashboards.own(person_id)

    def _person_id(self) -> int:
        if self._work.actor.id is None:
            raise Invalid("Only a person has a dashboard.")
        return self._work.actor.id

    def _beginning(self) -> DashboardView:
        """Return what somebody begins with who has no dashboard of their own."""
        teams: list[SharedDashboard] = []
        if self._work.actor.id is not None:
            teams = self._work.desk.dashboards.teams_of(self._work.actor.id)
        for each in teams:
            if each.layout is not None:
                return DashboardView(
                    layout=read(each.layout), origin=LayoutOrigin.TEAM, team=each.team, version=0
                )
        layout = layout_of_technician()
        if self._work.actor.may(Permission.SEE_FIGURES):
            is_manager = self._work.actor.role is Role.MANAGER
            layout = layout_of_manager(teams[0].team_id if teams and is_manager else None)
        return DashboardView(layout=layout, origin=LayoutOrigin.ROLE, team=None, version=0)


def _view(own: OwnDashboard) -> DashboardView:
    return DashboardView(
        layout=read(own.layout), origin=LayoutOrigin.OWN, team=None, version=own.version
    )
