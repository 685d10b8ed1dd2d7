# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes teams and who is in them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Priority
from helpdesk.core.schemas.users import Role, TeamRef
from helpdesk.core.text import folded
from helpdesk.database.types import is_id
from helpdesk.models import BusinessCalendar, CalendarRevision, Team, TeamMember, Ticket, User

_NO_TEAM = "That team does not exist; choose another."
_NEWEST_LOOKED_AT = 2_000
"""Among so many tickets it is told who got the last one: going through all would take long."""

_member, _user = TeamMember.__table__.c, User.__table__.c
_ticket = Ticket.__table__.c


class Member(NamedTuple):
    """Somebody of the staff in a team."""

    team_id: int
    id: int
    full_name: str
    role: Role
    away_until: datetime | None


class Person(NamedTuple):
    """Somebody of the staff."""

    id: int
    full_name: str
    role: Role


class CalendarText(NamedTuple):
    """What a calendar says at present, as it is stored."""

    settings: str
    feed_days: str


class TeamRepository:
    """The teams of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def adopt(self, team_id: int, category_ids: Sequence[int]) -> None:
        """Give a new team what its people have been assigned, and what waits of some categories.

        It stands in no history: as if the team had been there before the tickets.
        """
        members = select(_member.user_id).where(_member.team_id == team_id)
        waits = _ticket.assignee_id.is_(None) & _ticket.category_id.in_(category_ids)
        adopted = update(Ticket).where(or_(_ticket.assignee_id.in_(members), waits))
        self._session.execute(adopted.values(team_id=team_id))

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

    def get(self, team_id: int) -> Team:
        """Return a team to change. Raises ``NotFound`` also for one that was removed."""
        team = self._found(team_id)
        if team is None or team.removed:
            raise NotFound("There is no such team.")
        return team

    def all(self) -> Sequence[Team]:
        """Return the teams by name."""
        statement = select(Team).where(Team.removed.is_(False)).order_by(Team.name_folded, Team.id)
        return self._session.execute(statement).scalars().all()

    def add(self, team: Team) -> Team:
        """Store a new team."""
        self._session.add(team)
        self._session.flush()
        return team

    def is_taken(self, name: str, team_id: int | None) -> bool:
        """Return whether another team has this name in any case."""
        statement = select(Team.id).where(
            Team.name_folded == folded(name), Team.removed.is_(False), Team.id != (team_id or 0)
        )
        return self._session.execute(statement).first() is not None

    # --- who is in them -----------------------------------------------------------------------

    def members(self, team_ids: Collection[int]) -> Sequence[Member]:
        """Return who is in some teams and still works here, by name."""
        return [
            Member._make(row) for row in self._session.execute(_members(_member.team_id, team_ids))
        ]

    def teams_of(self, user_id: int) -> Sequence[int]:
        """Return the teams that somebody is in."""
        statement = select(_member.team_id).where(_member.user_id == user_id)
        return self._session.execute(statement).scalars().all()

    def teams_of_people(self, user_ids: Collection[int]) -> dict[int, frozenset[int]]:
        """Return the teams that some people are in, without those that were removed."""
        statement = (
            select(_member.user_id, _member.team_id)
            .join(Team, Team.id == _member.team_id)
            .where(_member.user_id.in_(user_ids), Team.removed.is_(False))
        )
        found: dict[int, frozenset[int]] = {}
        for user_id, team_id in self._session.execute(statement) if user_ids else ():
            found[user_id] = found.get(user_id, frozenset()) | {team_id}
        return found

    def sizes(self) -> dict[int, int]:
        """Return how many people are in each team, those who have left too."""
        statement = select(_member.team_id, func.count()).group_by(_member.team_id)
        return {row[0]: row[1] for row in self._session.execute(statement)}

    def size(self, team_id: int) -> int:
        """Return how many people are in a team, those who have left too."""
        statement = select(func.count()).where(_member.team_id == team_id)
        return self._session.execute(statement).scalar_one()

    def staff_among(self, user_ids: Collection[int]) -> frozenset[int]:
        """Return which of some accounts are of people of the staff who still work here."""
        statement = select(_user.id).where(_user.id.in_(user_ids), _is_staff())
        return frozenset(self._session.execute(statement).scalars())

    def put_in(self, team_id: int, user_ids: Iterable[int]) -> None:
        """Let some people be in a team."""
        rows = [{"team_id": team_id, "user_id": user_id} for user_id in user_ids]
        if rows:
            self._session.execute(insert(TeamMember), rows)

    def take_out(self, team_id: int, user_ids: Collection[int]) -> None:
        """Let some people be in a team no longer."""
        if user_ids:
            self._session.execute(
                delete(TeamMember).where(
                    TeamMember.team_id == team_id, TeamMember.user_id.in_(user_ids)
                )
            )

    def staff(self, roles: Collection[Role], team_id: int | None) -> Sequence[Person]:
        """Return who has one of some roles or is in a team, and still works here, by name."""
        wanted: list[ColumnElement[bool]] = [_user.role.in_(roles)] if roles else []
        if team_id is not None:
            in_team = select(_member.user_id).where(_member.team_id == team_id)
            wanted.append(_user.id.in_(in_team))
        if not wanted:
            return ()
        statement = (
            select(_user.id, _user.full_name, _user.role)
            .where(or_(*wanted), _is_staff())
            .order_by(_user.full_name_folded, _user.id)
        )
        return [Person._make(row) for row in self._session.execute(statement)]

    # --- what they have to do -----------------------------------------------------------------

    def present(self, team_id: int | None, now: datetime) -> Sequence[Person]:
        """Return who of a team, or of all technicians, is not away."""
        statement = select(_user.id, _user.full_name, _user.role).where(
            _is_staff(), or_(_user.away_until.is_(None), _user.away_until <= now)
        )
        if team_id is None:
            statement = statement.where(_user.role == Role.TECHNICIAN)
        else:
            in_team = select(_member.user_id).where(_member.team_id == team_id)
            statement = statement.where(_user.id.in_(in_team))
        return [Person._make(row) for row in self._session.execute(statement.order_by(_user.id))]

    def open_of_people(self, user_ids: Collection[int]) -> dict[int, int]:
        """Return how many open tickets some people have."""
        return self._open(_ticket.assignee_id, user_ids)

    def open_of_teams(self, team_ids: Collection[int]) -> dict[int, int]:
        """Return how many open tickets some teams have."""
        return self._open(_ticket.team_id, team_ids)

    def newest_of(self, user_ids: Collection[int]) -> dict[int, int]:
        """Return the newest ticket that each of some people has, among the desk's newest."""
        newest = select(func.max(_ticket.id)).scalar_subquery()
        statement = (
            select(_ticket.assignee_id, func.max(_ticket.id))
            .where(_ticket.id > newest - _NEWEST_LOOKED_AT, _ticket.assignee_id.in_(user_ids))
            .group_by(_ticket.assignee_id)
        )
        return {row[0]: row[1] for row in self._session.execute(statement)}

    # --- when they work -----------------------------------------------------------------------

    def has_calendar(self, calendar_id: int) -> bool:
        """Return whether there is such a calendar."""
        statement = select(BusinessCalendar.id).where(
            BusinessCalendar.id == calendar_id, BusinessCalendar.removed.is_(False)
        )
        return self._session.execute(statement).first() is not None

    def calendar_name(self, calendar_id: int) -> str:
        """Return what a calendar is called."""
        calendar = self._session.get(BusinessCalendar, calendar_id)
        return calendar.name if calendar else ""

    def calendars(self, calendar_ids: Collection[int]) -> dict[int, CalendarText]:
        """Return what some calendars say at present."""
        revision = CalendarRevision.__table__.c
        newest = (
            select(func.max(revision.id))
            .where(revision.calendar_id.in_(calendar_ids))
            .group_by(revision.calendar_id)
        )
        statement = select(revision.calendar_id, revision.settings, revision.feed_days).where(
            revision.id.in_(newest)
        )
        rows = self._session.execute(statement) if calendar_ids else ()
        return {id_: CalendarText(settings, days) for id_, settings, days in rows}

    def calendar_of(self, team_id: int) -> int | None:
        """Return the calendar that a team works by; ``None`` is always."""
        team = self._found(team_id)
        return team.calendar_id if team else None

    def _open(self, owner: ColumnElement[int], ids: Collection[int]) -> dict[int, int]:
        statement = (
            select(owner, func.count())
            .where(
                owner.in_(ids),
                # Every priority there is: only then the index leads to the status behind it.
                _ticket.priority.in_(tuple(Priority)),
                _ticket.status.in_(OPEN_STATUSES),
            )
            .group_by(owner)
        )
        return {row[0]: row[1] for row in self._session.execute(statement)} if ids else {}

    def _found(self, team_id: int) -> Team | None:
        return self._session.get(Team, team_id) if is_id(team_id) else None


def _is_staff() -> ColumnElement[bool]:
    return and_(_user.active.is_(True), _user.role.in_(STAFF))


def _members(
    column: ColumnElement[int], ids: Collection[int]
) -> Select[tuple[int, int, str, Role, datetime | None]]:
    return (
        select(_member.team_id, _user.id, _user.full_name, _user.role, _user.away_until)
        .join(User, _user.id == _member.user_id)
        .where(column.in_(ids), _is_staff())
        .order_by(_user.full_name_folded, _user.id)
    )
