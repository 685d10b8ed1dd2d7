# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes sign-in sessions, which are known by the hashes of their tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import CursorResult, Select, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from helpdesk.core.schemas.users import AccountOrigin, Role
from helpdesk.models import DeskFact, SignInSession, User
from helpdesk.repositories.facts import SECURITY_SETTINGS

_session = SignInSession.__table__.c
_user = User.__table__.c
# Every call of every person runs this one, so it is built once and makes no object of a model.
_FOUND = (
    select(
        _session.id, _session.user_id, _session.created_at, _session.used_at, _session.ends_at,
        _user.username, _user.full_name, _user.role, _user.active,
        select(DeskFact.value).where(DeskFact.name == SECURITY_SETTINGS).scalar_subquery(),
    )
    .join_from(SignInSession.__table__, User.__table__, _user.id == _session.user_id)
    .where(_session.token_hash == bindparam("token_hash"))
)  # fmt: skip


class FoundSession(NamedTuple):
    """A session, and whose it is as of this moment."""

    id: int
    user_id: int
    created_at: datetime
    used_at: datetime
    ends_at: datetime
    username: str
    full_name: str
    role: Role
    active: bool
    kept_security: str | None
    """What an admin changed of the rules by which it ends."""


class SessionRepository:
    """The sessions of all people."""

    def __init__(self, session: Session) -> None:
        """Bind to a database session."""
        self._session = session

    def found(self, token_hash: str) -> FoundSession | None:
        """Return the session of a token, whether it may still be used or not."""
        row = self._session.execute(_FOUND, {"token_hash": token_hash}).one_or_none()
        return FoundSession._make(row) if row else None

    def people_in(self, origin: AccountOrigin) -> frozenset[int]:
        """Return who of an origin has a session."""
        statement = select(_session.user_id).distinct().join(User, User.id == _session.user_id)
        return frozenset(self._session.scalars(statement.where(User.origin == origin)))

    def begin(self, new: SignInSession) -> None:
        """Store a new session."""
        self._session.add(new)

    def note_use(self, session_id: int, at: datetime) -> None:
        """Keep when a session was used last."""
        statement = update(SignInSession).where(SignInSession.id == session_id).values(used_at=at)
        self._session.execute(statement)

    def end(self, token_hash: str) -> None:
        """End one session, if there is one."""
        self._session.execute(delete(SignInSession).where(SignInSession.token_hash == token_hash))

    def end_of(self, user_id: int, *, but: str | None = None) -> None:
        """End every session of a person, except the one of the token hash named."""
        statement = delete(SignInSession).where(SignInSession.user_id == user_id)
        if but is not None:
            statement = statement.where(SignInSession.token_hash != but)
        self._session.execute(statement)

    def end_of_some(self, people: Select[int], *, but: str | None) -> None:
        """End every session of people who are found so, except the one of the token hash named."""
        statement = delete(SignInSession).where(SignInSession.user_id.in_(people))
        if but is not None:
            statement = statement.where(SignInSession.token_hash != but)
        self._session.execute(statement, execution_options={"synchronize_session": False})

    def forget_before(self, at: datetime, *, unused_since: datetime, begun_since: datetime) -> int:
        """Forget what ended before a moment, was not used or not begun since others; count it."""
        ended = or_(
            SignInSession.ends_at < at,
            SignInSession.used_at < unused_since,
            SignInSession.created_at <= begun_since,
        )
        result = self._session.execute(delete(SignInSession).where(ended))
        return cast("CursorResult[Any]", result).rowcount
