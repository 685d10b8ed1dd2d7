# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes accounts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    bindparam,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Assignable, Priority
from helpdesk.core.schemas.users import (
    AccountOrigin,
    ColleaguePage,
    ColleagueQuery,
    ColleagueView,
    PersonRef,
    Role,
    TeamRef,
    UserCount,
    UserPage,
    UserQuery,
    UserView,
)
from helpdesk.core.text import folded
from helpdesk.database.patterns import ESCAPE, escaped, starting
from helpdesk.database.types import is_id
from helpdesk.models import SecondFactor, Team, TeamMember, Ticket, User
from helpdesk.repositories.cursors import decoded, encoded

_NAMESAKES = 20
"""So many people of one name are told apart; more would make no filter."""

_TICKETS, _TEAM, _FACTOR = "tickets", "team", "factor"
_user, _member, _team = User.__table__.c, TeamMember.__table__.c, Team.__table__.c
# Every call of every person runs this one, so it is built once and makes no object of a model.
_IDENTITY = select(_user.username, _user.full_name, _user.role, _user.active).where(
    _user.id == bindparam("user_id")
)


class Identity(NamedTuple):
    """What the executor needs of an account on every call."""

    username: str
    full_name: str
    role: Role
    active: bool


class KeptAccount(NamedTuple):
    """What the desk keeps of somebody whom a directory knows by ``external_id``."""

    id: int
    external_id: str
    username: str
    full_name: str
    email: str | None
    role: Role


class UserRepository:
    """The accounts of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def identity(self, user_id: int) -> Identity | None:
        """Return who an account belongs to now, or ``None`` when there is none."""
        row = self._session.execute(_IDENTITY, {"user_id": user_id}).one_or_none()
        return Identity(*row) if row else None

    def add(self, user: User) -> User:
        """Store a new account. Raises ``Invalid`` when the name is taken."""
        if self.by_username(user.username) is not None:
            raise Invalid(
                f"The user name {user.username} is taken; choose another.", field="username"
            )
        self._session.add(user)
        self._session.flush()
        return user

    def get(self, user_id: int) -> User:
        """Return an account. Raises ``NotFound``."""
        user = self._session.get(User, user_id) if is_id(user_id) else None
        if user is None:
            raise NotFound("There is no such account.")
        return user

    def by_username(self, username: str) -> User | None:
        """Return the account of a user name in any case, or ``None``."""
        statement = select(User).where(User.username_folded == folded(username))
        return self._session.execute(statement).scalar_one_or_none()

    def by_external_id(self, origin: AccountOrigin, external_id: str) -> User | None:
        """Return the account that a directory or a provider knows by an id, or ``None``."""
        statement = select(User).where(User.origin == origin, User.external_id == external_id)
        return self._session.execute(statement).scalar_one_or_none()

    def active_of(self, origin: AccountOrigin) -> list[KeptAccount]:
        """Return what is kept of the active accounts of an origin."""
        statement = (
            select(User.id, User.external_id, User.username, User.full_name, User.email, User.role)
            .where(User.origin == origin, User.active.is_(True))
            .order_by(User.id)
        )
        rows = self._session.execute(statement)
        return [
            KeptAccount(id_, known_by, username, full_name, email, role)
            for id_, known_by, username, full_name, email, role in rows
            if known_by is not None
        ]

    def named(self, usernames: Iterable[str]) -> dict[str, User]:
        """Return the accounts of some user names, by the folded name."""
        wanted = {folded(name) for name in usernames}
        if not wanted:
            return {}
        found = self._session.execute(select(User).where(User.username_folded.in_(wanted)))
        return {user.username_folded: user for user in found.scalars()}

    def having_addresses(self, addresses: Iterable[str]) -> dict[str, tuple[int, str]]:
        """Return by e-mail address in lower case who has it: one of them, with their name."""
        wanted = {address.lower() for address in addresses if address}
        if not wanted:
            return {}
        address = func.lower(User.email)
        statement = select(address, User.id, User.full_name).where(address.in_(wanted))
        found = self._session.execute(statement.order_by(User.id.desc()))
        return {row[0]: (row[1], row[2]) for row in found}

    def add_all(self, users: Collection[User]) -> None:
        """Store new accounts whose names are known to be free."""
        self._session.add_all(users)
        self._session.flush()

    def has_other_local_admin(self, user_id: int) -> bool:
        """Return whether an active admin who signs in by the desk itself is left without this one.

        A directory or a provider may be out of reach, or send nobody any more.
        """
        statement = select(User.id).where(
            User.role == Role.ADMIN,
            User.active.is_(True),
            User.origin == AccountOrigin.LOCAL,
            User.id != user_id,
        )
        return self._session.execute(statement.limit(1)).first() is not None

    def page(self, query: UserQuery) -> UserPage:
        """Return one page of accounts in the order of their names."""
        users = self._one_page(self._matching(query), query)
        shown = users[: query.limit]
        besides = self._besides([user.id for user in shown])
        return UserPage(
            items=tuple(_user_view(user, besides[user.id]) for user in shown),
            next_cursor=_next_cursor(users, query.limit),
        )

    def count(self, query: UserQuery) -> UserCount:
        """Return how many accounts match, on all pages."""
        matching = self._matching(query).subquery()
        statement = select(func.count()).select_from(matching)
        return UserCount(count=self._session.execute(statement).scalar_one())

    @staticmethod
    def _matching(query: UserQuery) -> Select[int]:
        statement = select(User.id)
        for word in folded(query.text).split():
            address = func.lower(User.email).like(starting(word), escape=ESCAPE)
            statement = statement.where(or_(_is_called(word), address))
        if query.roles:
            statement = statement.where(User.role.in_(query.roles))
        if query.active is not None:
            statement = statement.where(User.active.is_(query.active))
        if query.team_id is not None:
            in_team = select(_member.user_id).where(_member.team_id == query.team_id)
            statement = statement.where(User.role.in_(STAFF), User.id.in_(in_team))
        if query.origin is not None:
            statement = statement.where(User.origin == query.origin)
        if query.second_factor is not None:
            has_one = User.id.in_(_with_second_factor())
            statement = statement.where(has_one if query.second_factor else ~has_one)
        return statement

    def view(self, user: User) -> UserView:
        """Return an account as people see it."""
        return _user_view(user, self._besides([user.id])[user.id])

    def colleagues(self, person_id: int, query: ColleagueQuery, now: datetime) -> ColleaguePage:
        """Return one page of the staff in somebody's own teams, in the order of their names."""
        own = select(_member.team_id).where(_member.user_id == person_id)
        together = (
            select(_member.user_id)
            .join(Team, _team.id == _member.team_id)
            .where(_member.team_id.in_(own), _team.removed.is_(False))
        )
        if query.team_id is not None:
            together = together.where(_member.team_id == query.team_id)
        statement = select(User.id).where(
            User.active.is_(True), User.role.in_(query.roles or STAFF), User.role.in_(STAFF)
        )
        for word in folded(query.text).split():
            statement = statement.where(_has_name(word))
        statement = statement.where(User.id.in_(together))
        users = self._one_page(statement, query)
        shown = users[: query.limit]
        besides = self._besides([user.id for user in shown], _member.team_id.in_(own))
        return ColleaguePage(
            items=tuple(_colleague_view(user, besides[user.id], now) for user in shown),
            next_cursor=_next_cursor(users, query.limit),
        )

    def assignable(self) -> tuple[Assignable, ...]:
        """Return the active staff by name, with how many open tickets each has."""
        statement = (
            select(User.id, User.full_name, User.role)
            .where(User.role.in_(STAFF), User.active.is_(True))
            .order_by(User.full_name_folded, User.id)
        )
        staff = self._session.execute(statement).all()
        open_tickets = self._open_tickets([id_ for id_, _, _ in staff])
        return tuple(
            Assignable(id=id_, full_name=name, role=role, open_tickets=open_tickets.get(id_, 0))
            for id_, name, role in staff
        )

    def called(self, words: Iterable[str], limit: int = _NAMESAKES) -> tuple[PersonRef, ...]:
        """Return the active people one of whose names is among some words, by name."""
        names = [
            condition
            for word in words
            for condition in (
                User.full_name_folded == word,
                User.full_name_folded.like(f"{escaped(word)} %", escape=ESCAPE),
                User.full_name_folded.like(f"% {escaped(word)}", escape=ESCAPE),
            )
        ]
        if not names:
            return ()
        statement = (
            select(User.id, User.full_name)
            .where(or_(*names), User.active.is_(True))
            .order_by(User.full_name_folded, User.id)
            .limit(limit)
        )
        rows = self._session.execute(statement)
        return tuple(PersonRef(id=id_, full_name=name) for id_, name in rows)

    def logins(self, user_ids: Iterable[int]) -> tuple[str, ...]:
        """Return what some people sign in as."""
        statement = select(User.username).where(User.id.in_(tuple(user_ids)))
        return tuple(sorted(self._session.execute(statement).scalars()))

    def _one_page(
        self, statement: Select[int], query: UserQuery | ColleagueQuery
    ) -> Sequence[User]:
        """Return the accounts of one page, and one more where there are more.

        The numbers come first: an index holds all that finds them, and only these rows are read.
        """
        in_order = (User.full_name_folded, User.id)
        statement = statement.order_by(*in_order).limit(query.limit + 1)
        if query.cursor:
            key = decoded(query.cursor, (str, int))
            statement = statement.where(tuple_(*in_order) > key)
        found = select(User).where(User.id.in_(statement)).order_by(*in_order)
        return self._session.execute(found).scalars().all()

    def _besides(
        self, user_ids: list[int], *only_teams: ColumnElement[bool]
    ) -> defaultdict[int, _Besides]:
        """Return what is shown of some accounts and does not stand in them, by one statement."""
        found: defaultdict[int, _Besides] = defaultdict(_Besides)
        if not user_ids:
            return found
        tickets = (
            select(literal(_TICKETS), Ticket.assignee_id, func.count(), literal(""))
            .where(
                Ticket.assignee_id.in_(user_ids),
                # Every priority there is: only then the index leads to the status behind it.
                Ticket.priority.in_(tuple(Priority)),
                Ticket.status.in_(OPEN_STATUSES),
            )
            .group_by(Ticket.assignee_id)
        )
        teams = (
            select(literal(_TEAM), _member.user_id, _team.id, _team.name)
            .join(Team, _team.id == _member.team_id)
            .where(_member.user_id.in_(user_ids), _team.removed.is_(False), *only_teams)
        )
        factors = select(literal(_FACTOR), SecondFactor.person_id, literal(1), literal("")).where(
            SecondFactor.person_id.in_(user_ids), SecondFactor.confirmed_at.is_not(None)
        )
        for kind, user_id, number, name in self._session.execute(
            union_all(tickets, teams, factors)
        ):
            if kind == _TICKETS:
                found[user_id].open_tickets = number
            elif kind == _TEAM:
                found[user_id].teams.append(TeamRef(id=number, name=name))
            else:
                found[user_id].has_second_factor = True
        return found

    def _open_tickets(self, user_ids: list[int]) -> dict[int, int]:
        statement = (
            select(Ticket.assignee_id, func.count())
            .where(
                Ticket.assignee_id.in_(user_ids),
                # Every priority there is: only then the index leads to the status behind it.
                Ticket.priority.in_(tuple(Priority)),
                Ticket.status.in_(OPEN_STATUSES),
            )
            .group_by(Ticket.assignee_id)
        )
        return {id_: count for id_, count in self._session.execute(statement) if id_ is not None}


@dataclass
class _Besides:
    """What is shown of an account and stands elsewhere."""

    open_tickets: int = 0
    teams: list[TeamRef] = field(default_factory=list)
    has_second_factor: bool = False

    def teams_by_name(self) -> tuple[TeamRef, ...]:
        return tuple(sorted(self.teams, key=lambda team: (folded(team.name), team.id)))


def _next_cursor(users: Sequence[User], limit: int) -> str | None:
    if len(users) <= limit:
        return None
    last = users[limit - 1]
    return encoded((last.full_name_folded, last.id))


def _with_second_factor() -> Select[int]:
    return select(SecondFactor.person_id).where(SecondFactor.confirmed_at.is_not(None))


def _has_name(word: str) -> ColumnElement[bool]:
    return or_(
        User.full_name_folded.like(starting(word), escape=ESCAPE),
        User.full_name_folded.like("% " + starting(word), escape=ESCAPE),
    )


def _is_called(word: str) -> ColumnElement[bool]:
    return or_(_has_name(word), User.username_folded.like(starting(word), escape=ESCAPE))


def _user_view(user: User, besides: _Besides) -> UserView:
    # Whoever is no longer of the staff is in no team, and in the same ones where they come back.
    teams = besides.teams_by_name() if user.role in STAFF else ()
    return UserView(
        id=user.id,
        username=user.username,
        full_name=user.full_name,
        email=user.email,
        role=user.role,
        active=user.active,
        password_set=user.password_hash is not None,
        created_at=user.created_at,
        last_sign_in_at=user.last_sign_in_at,
        open_tickets=besides.open_tickets,
        version=user.version,
        teams=teams,
        has_second_factor=besides.has_second_factor,
        origin=user.origin,
    )


def _colleague_view(user: User, besides: _Besides, now: datetime) -> ColleagueView:
    until = user.away_until
    return ColleagueView(
        id=user.id,
        full_name=user.full_name,
        role=user.role,
        teams=besides.teams_by_name(),
        open_tickets=besides.open_tickets,
        away_until=until if until is not None and until > now else None,
    )
