# SPDX-License-Identifier: GPL-3.0-or-later
"""Teams: who works together, and who of them is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from helpdesk.core.errors import Conflict, Invalid
from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.teams import Absence, TeamChange, TeamMember, TeamSettings, TeamView
from helpdesk.core.text import folded
from helpdesk.models import Team
from helpdesk.repositories.desk_changes import TEAM, USER
from helpdesk.repositories.teams import Member
from helpdesk.services.audit_trail import About, changes_of
from helpdesk.services.audit_words import added, removed
from helpdesk.services.work import Transacted, Work
from helpdesk.sla.calendar import working_calendar

_INSTANT = timedelta(seconds=1)
_TOLD = ("name", "calendar", "members")


class Teams:
    """The teams of the desk."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/teams", permission=Permission.WORK_TICKET)
    def all(self) -> tuple[TeamView, ...]:
        """List the teams with their people, and who of them is on duty."""
        return self._views(self._work.desk.teams.all())

    @operation("POST", "/teams", permission=Permission.MANAGE_USERS, creates=True)
    def add(self, new: TeamSettings) -> TeamView:
        """Add a team."""
        teams = self._work.desk.teams
        self._require_sound(new, None)
        team = teams.add(
            Team(name=new.name, name_folded=folded(new.name), calendar_id=new.calendar_id)
        )
        teams.put_in(team.id, dict.fromkeys(new.member_ids))
        view = self._saved(team)
        self._work.desk.audit.set_up(_about(view), added(self._told(view), _TOLD))
        return view

    @operation("PUT", "/teams/{team_id}", permission=Permission.MANAGE_USERS)
    def change(self, team_id: int, change: TeamChange) -> TeamView:
        """Change a team and who is in it."""
        teams = self._work.desk.teams
        team = teams.get(team_id)
        if team.version != change.version:
            sentence = f"{team.name} was changed in the meantime; look and try again."
            raise Conflict(sentence, current=self._view(team))
        self._require_sound(change, team)
        people = teams.members((team_id,))
        before = self._state(team.name, team.calendar_id, [each.full_name for each in people])
        team.name, team.name_folded = change.name, folded(change.name)
        team.calendar_id = change.calendar_id
        team.version += 1
        # Who has left is not shown and stays as it is: they may come back.
        shown = {member.id for member in people}
        teams.take_out(team_id, shown.difference(change.member_ids))
        teams.put_in(team_id, sorted(set(change.member_ids).difference(shown)))
        view = self._saved(team)
        changes = changes_of(before, self._told(view), _TOLD)
        self._work.desk.audit.set_up(_about(view), changes)
        return view

    @operation("DELETE", "/teams/{team_id}", permission=Permission.MANAGE_USERS)
    def remove(self, team_id: int) -> None:
        """Remove a team; tickets that name it keep its name."""
        desk = self._work.desk
        team = desk.teams.get(team_id)
        team.removed = True
        team.version += 1
        desk.audit.set_up(About("team", team.id, team.name), removed())
        desk.changed(TEAM, team.id)

    @operation("PUT", "/me/absence", permission=Permission.WORK_TICKET)
    def set_absence(self, absence: Absence) -> None:
        """Be away until a moment, so that rules give one no tickets, or be back."""
        desk, until = self._work.desk, absence.until
        user = desk.users.get(self._own_id())
        user.away_until = until if until is not None and until > self._work.now else None
        desk.changed(TEAM, *desk.teams.teams_of(user.id))
        desk.changed(USER, user.id)

    @operation("GET", "/me/absence", permission=Permission.WORK_TICKET)
    def absence(self) -> Absence:
        """Tell until when one is away."""
        until = self._work.desk.users.get(self._own_id()).away_until
        return Absence(until=until if until is not None and until > self._work.now else None)

    def _own_id(self) -> int:
        if self._work.actor.id is None:
            raise Invalid("Only a person can be away; the program itself always works.")
        return self._work.actor.id

    def _require_sound(self, wanted: TeamSettings, team: Team | None) -> None:
        teams = self._work.desk.teams
        if teams.is_taken(wanted.name, team.id if team else None):
            sentence = f"There is a team {wanted.name} already; choose another name."
            raise Invalid(sentence, field="name")
        if teams.staff_among(wanted.member_ids) != frozenset(wanted.member_ids):
            sentence = "Only people of the staff who work here can be in a team; choose again."
            raise Invalid(sentence, field="member_ids")
        calendar_id = wanted.calendar_id
        if calendar_id is not None and not teams.has_calendar(calendar_id):
            sentence = "That calendar does not exist; choose another."
            raise Invalid(sentence, field="calendar_id")

    def _saved(self, team: Team) -> TeamView:
        self._work.desk.flush()
        self._work.desk.changed(TEAM, team.id)
        return self._view(team)

    def _told(self, view: TeamView) -> dict[str, object]:
        return self._state(view.name, view.calendar_id, [each.full_name for each in view.members])

    def _state(self, name: str, calendar_id: int | None, members: list[str]) -> dict[str, object]:
        """Return what the audit log tells of a team."""
        calendar = None
        if calendar_id is not None:
            calendar = self._work.desk.teams.calendar_name(calendar_id)
        return {"name": name, "calendar": calendar, "members": sorted(members)}

    def _view(self, team: Team) -> TeamView:
        return self._views((team,))[0]

    def _views(self, teams: Sequence[Team]) -> tuple[TeamView, ...]:
        """Return some teams as people see them, in as many statements for many as for one."""
        repository = self._work.desk.teams
        members = repository.members([team.id for team in teams])
        people = {member.id for member in members}
        of_people = repository.open_of_people(people)
        of_teams = repository.open_of_teams([team.id for team in teams])
        working = working_calendars(
            self._work.desk, {team.calendar_id for team in teams}, self._work.now
        )
        return tuple(
            TeamView(
                id=team.id,
                name=team.name,
                calendar_id=team.calendar_id,
                members=tuple(
                    self._member(member, of_people, works=team.calendar_id in working)
                    for member in members
                    if member.team_id == team.id
                ),
                open_tickets=of_teams.get(team.id, 0),
                version=team.version,
            )
            for team in teams
        )

    def _member(self, member: Member, of_people: dict[int, int], *, works: bool) -> TeamMember:
        until = member.away_until
        is_away = until is not None and until > self._work.now
        return TeamMember(
            id=member.id,
            full_name=member.full_name,
            role=member.role,
            open_tickets=of_people.get(member.id, 0),
            away_until=until if is_away else None,
            on_duty=works and not is_away,
        )


def _about(view: TeamView) -> About:
    return About("team", view.id, view.name)


def working_calendars(
    desk: Transacted, calendar_ids: Collection[int | None], now: datetime
) -> frozenset[int | None]:
    """Return by which of some calendars people work now; without one they always do."""
    named = [id_ for id_ in calendar_ids if id_ is not None]
    texts = desk.teams.calendars(named) if named else {}
    working = {
        id_
        for id_, text in texts.items()
        if working_calendar(text.settings, text.feed_days).counted(now, now + _INSTANT)
    }
    return frozenset({None, *working}).intersection(calendar_ids)
