# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives a demo desk office hours, a service level that counts in them, and two teams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpdesk.core.operation import operations_of
from helpdesk.core.schemas.sla import CalendarSettings, PolicySettings, Slot, Target
from helpdesk.core.schemas.teams import TeamSettings
from helpdesk.core.schemas.tickets import Priority
from helpdesk.database.db_manager import DbManager
from helpdesk.repositories.teams import TeamRepository
from helpdesk.services.calendars import Calendars
from helpdesk.services.executor import Executor
from helpdesk.services.policies import Policies
from helpdesk.services.teams import Teams
from helpdesk.services.tickets import Tickets

_WORKDAYS, _HOUR = range(5), 60
_OFFICE = CalendarSettings(
    name="Office hours",
    time_zone="Europe/Paris",
    slots=tuple(
        Slot(day=day, begin=begin * _HOUR, end=end * _HOUR)
        for day in _WORKDAYS
        for begin, end in ((8, 12), (13, 18))
    ),
    country="FR",
)
_IN_OFFICE = ("Software", "Email", "Phones")
_HOURS = {
    Priority.URGENT: (1, 4),
    Priority.HIGH: (2, 9),
    Priority.MEDIUM: (4, 18),
    Priority.LOW: (9, 45),
}
"""Within how many office hours a ticket is answered and solved."""
_TEAMS = {
    "Network": ("Access", "Email", "Network", "Phones"),
    "Workplace": ("Hardware", "Other", "Printing", "Software"),
}
"""The teams, and the categories of what waits for them."""


def add_office_hours(executor: Executor, database: DbManager) -> None:
    """Measure what can wait until morning in office hours, and put all technicians into teams."""
    calendar = _did(executor, Calendars, "add", new=_OFFICE)
    ids: Mapping[str, int] = {each.name: each.id for each in _did(executor, Tickets, "categories")}
    policy = PolicySettings(
        name="Office requests",
        calendar_id=calendar.id,
        category_ids=tuple(ids[name] for name in _IN_OFFICE if name in ids),
        targets=tuple(
            Target(
                priority=priority,
                first_response=first * _HOUR,
                next_response=first * _HOUR,
                resolution=solved * _HOUR,
            )
            for priority, (first, solved) in _HOURS.items()
        ),
    )
    _did(executor, Policies, "add", new=policy)
    staff = [each.id for each in _did(executor, Tickets, "assignable")]
    for place, (name, categories) in enumerate(_TEAMS.items()):
        members = tuple(staff[place :: len(_TEAMS)])
        team = TeamSettings(name=name, calendar_id=calendar.id, member_ids=members)
        team_id = _did(executor, Teams, "add", new=team).id
        with database.writing() as session:
            waiting = [ids[each] for each in categories if each in ids]
            TeamRepository(session).adopt(team_id, waiting)


def _did(executor: Executor, service: type, name: str, **arguments: object) -> Any:
    return executor.execute(operations_of(service)[name], arguments, system=True)
