# SPDX-License-Identifier: GPL-3.0-or-later
"""Teams and calendars as a desk tells them, for tests of the screens that show them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from helpdesk.core.errors import Conflict, DeskError, Invalid, NotFound
from helpdesk.core.schemas.sla import CalendarView
from helpdesk.core.schemas.teams import Absence, TeamChange, TeamMember, TeamSettings, TeamView
from tests.ui.rules_twin import NOW

PEOPLE = {
    3: TeamMember(
        id=3,
        full_name="Bob Keller",
        role="technician",
        open_tickets=7,
        away_until=None,
        on_duty=True,
    ),
    4: TeamMember(
        id=4,
        full_name="Frank Osei",
        role="technician",
        open_tickets=1,
        away_until=NOW + timedelta(days=9),
        on_duty=False,
    ),
    5: TeamMember(
        id=5,
        full_name="Charlie Hart",
        role="manager",
        open_tickets=0,
        away_until=None,
        on_duty=False,
    ),
}


class TwinTeams:
    """Keeps teams as the desk does, and tells what a test tells it to."""

    def __init__(self) -> None:
        self.kept: dict[int, TeamView] = {}
        self.away = Absence(until=None)
        self.asked: list[Any] = []
        self.fault: DeskError | None = None
        self.add(TeamSettings(name="Network", calendar_id=1, member_ids=(3, 4)))
        self.add(TeamSettings(name="Second line", member_ids=(5,)))
        self.asked.clear()

    def all(self) -> tuple[TeamView, ...]:
        self._fail()
        return tuple(self.kept.values())

    def add(self, new: TeamSettings) -> TeamView:
        self._fail()
        self.asked.append(new)
        if any(team.name == new.name for team in self.kept.values()):
            raise Invalid(f"There is a team {new.name} already.", field="name")
        return self._keep(max(self.kept, default=0) + 1, new, 1)

    def change(self, team_id: int, change: TeamChange) -> TeamView:
        self._fail()
        self.asked.append(change)
        if team_id not in self.kept:
            raise NotFound("There is no such team.")
        if self.kept[team_id].version != change.version:
            raise Conflict("Somebody else changed it.", current=self.kept[team_id])
        return self._keep(team_id, change, change.version + 1)

    def remove(self, team_id: int) -> None:
        self._fail()
        del self.kept[team_id]

    def set_absence(self, absence: Absence) -> None:
        self._fail()
        self.away = absence

    def absence(self) -> Absence:
        self._fail()
        return self.away

    def _keep(self, id_: int, settings: TeamSettings, version: int) -> TeamView:
        members = tuple(PEOPLE[member] for member in settings.member_ids if member in PEOPLE)
        self.kept[id_] = TeamView(
            id=id_,
            name=settings.name,
            calendar_id=settings.calendar_id,
            members=members,
            open_tickets=8,
            version=version,
        )
        return self.kept[id_]

    def _fail(self) -> None:
        if self.fault is not None:
            raise self.fault


class TwinCalendars:
    """Has one calendar."""

    def all(self) -> tuple[CalendarView, ...]:
        calendar = CalendarView(
            id=1,
            name="Business hours",
            time_zone="Europe/Berlin",
            slots=(),
            country="DE",
            region="",
            holidays=(),
            feeds=(),
            is_default=True,
            policies=2,
            version=1,
        )
        return (calendar,)
