# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, func, or_, select, tuple_
from sqlalchemy.orm import Session

from helpdesk.core.errors import Invalid, NotFound
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.tickets import OPEN_STATUSES, Assignable, Priority
from helpdesk.core.schemas.users import Origin, PersonRef, Role, UserPage, UserQuery, UserView
from helpdesk.core.text import folded
from helpdesk.database.types import is_id
from helpdesk.models import Ticket, User
from helpdesk.repositories.cursors import decoded, encoded

_NAMESAKES = 20
"""So many people of one name are told apart; more would make no filter."""

_user = User.__table__.c
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

    def by_external_id(self, origin: Origin, external_id: str) -> User | None:
        """Return the account that a directory or a provider knows by an id, or ``None``."""
        statement = select(User).where(User.origin == origin, User.external_id == external_id)
        return self._session.execute(statement).scalar_one_or_none()

    def active_of(self, origin: Origin) -> list[tuple[int, str]]:
        """Return the active accounts of an origin, each with the id that it is known by there."""
        statement = (
            select(User.id, User.external_id)
            .where(User.origin == origin, User.active.is_(True))
            .order_by(User.id)
        )
        rows = self._session.execute(statement)
        return [(id_, external_id) for id_, external_id in rows if external_id is not None]

    def other_active_admins(self, user_id: int) -> int:
        """Return how many active admins there are besides this one."""
        statement = select(func.count()).where(
            User.role == Role.ADMIN, User.active.is_(True), User.id != user_id
        )
        return self._session.execute(statement).scalar_one()

    def page(self, query: UserQuery) -> UserPage:
        """Return one page of accounts in the order of their names."""
        statement = select(User).order_by(User.full_name_folded, User.id).limit(query.limit + 1)
        for word in folded(query.text).split():
            statement = statement.where(
                or_(
                    User.full_name_folded.like(_starts(word), escape="\\"),
                    User.full_name_folded.like("% " + _starts(word), escape="\\"),
                    User.username_folded.like(_starts(word), escape="\\"),
                    func.lower(User.email).like(_starts(word), escape="\\"),
                )
            )
        if query.roles:
            statement = statement.where(User.role.in_(query.roles))
        if query.active is not None:
            statement = statement.where(User.active.is_(query.active))
        if query.cursor:
            key = decoded(query.cursor, (str, int))
            statement = statement.where(tuple_(User.full_name_folded, User.id) > key)
        users = self._session.execute(statement).scalars().all()
        shown = users[: query.limit]
        open_tickets = self._open_tickets([user.id for user in shown])
        more = len(users) > query.limit
        last = shown[-1] if shown else None
        return UserPage(
            items=tuple(_user_view(user, open_tickets.get(user.id, 0)) for user in shown),
            next_cursor=encoded((last.full_name_folded, last.id)) if more and last else None,
        )

    def view(self, user: User) -> UserView:
        """Return an account as people see it."""
        return _user_view(user, self._open_tickets([user.id]).get(user.id, 0))

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
                User.full_name_folded.like(f"{_literal(word)} %", escape="\\"),
                User.full_name_folded.like(f"% {_literal(word)}", escape="\\"),
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


def _starts(word: str) -> str:
    return _literal(word) + "%"


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _user_view(user: User, open_tickets: int) -> UserView:
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
        open_tickets=open_tickets,
        version=user.version,
    )
