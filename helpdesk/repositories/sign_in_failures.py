# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the counts of wrong passwords, and from where people have signed in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, delete, exists, or_, select
from sqlalchemy.orm import Session

from helpdesk.core.text import folded
from helpdesk.models import SignInFailure, SignInSource, User
from helpdesk.models.sign_in_failure import CEILING, CODE_STRANGERS, STRANGERS, name_digest

FAILURES_KEPT = timedelta(days=30)
SOURCES_KEPT = timedelta(days=30)
_LONGEST_NAME = 200
_AT_CODES = or_(
    SignInFailure.source == CODE_STRANGERS,
    SignInFailure.source.startswith(f"{CODE_STRANGERS}:", autoescape=True),
)


class SignInFailureRepository:
    """The counts of wrong passwords by name and source, and the sources that are known."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def counts(self, username: str, sources: Iterable[str], now: datetime) -> list[SignInFailure]:
        """Return the counts for a name typed at sign-in, one for each source.

        What nobody has tried for long is forgotten, whoever's it is.
        """
        self.forget_before(now - FAILURES_KEPT)
        wanted, key = tuple(sources), _key(username)
        statement = select(SignInFailure).where(
            SignInFailure.username_folded == key, SignInFailure.source.in_(wanted)
        )
        found = {each.source: each for each in self._session.scalars(statement)}
        return [
            found.get(source)
            or SignInFailure(username_folded=key, source=source, failures=0, last_at=now)
            for source in wanted
        ]

    def count(self, failure: SignInFailure, at: datetime) -> None:
        """Count a try."""
        failure.failures += 1
        failure.last_at = at
        self._session.add(failure)

    def take_back(self, username: str, source: str, before: datetime) -> None:
        """Take a try back that was never looked at, as if the last were that of before."""
        found = self._session.get(SignInFailure, (_key(username), source))
        if found is None:
            return
        found.failures -= 1
        found.last_at = before
        if found.failures <= 0:
            self._session.delete(found)

    def forget(self, username: str, *sources: str) -> None:
        """Begin again for some sources of a name, or for all of them where none is named."""
        statement = delete(SignInFailure).where(SignInFailure.username_folded == _key(username))
        if sources:
            statement = statement.where(SignInFailure.source.in_(sources))
        self._session.execute(statement)

    def forget_passwords(self, username: str) -> None:
        """Begin again with a name's passwords; tries at the codes of its second factor stay."""
        own = SignInFailure.username_folded == _key(username)
        self._session.execute(delete(SignInFailure).where(own, ~_AT_CODES))

    def forget_codes(self, username: str) -> None:
        """Begin again with the codes of a name's second factor, since that is another one."""
        own = SignInFailure.username_folded == _key(username)
        self._session.execute(delete(SignInFailure).where(own, _AT_CODES))

    def forget_before(self, at: datetime) -> int:
        """Forget what was not tried since a moment, but no ceiling; return how many they were."""
        ceilings = SignInFailure.source.in_((STRANGERS, CODE_STRANGERS))
        below = or_(~ceilings, SignInFailure.failures < CEILING)
        return self._deleted(delete(SignInFailure).where(SignInFailure.last_at < at, below))

    def is_known(self, username: str, source: str, now: datetime) -> bool:
        """Return whether somebody has signed in to a name from a source lately."""
        # A clock that was ahead for a moment must not make a source known for years.
        lately = SignInSource.at.between(now - SOURCES_KEPT, now + SOURCES_KEPT)
        found = (
            exists()
            .where(User.username_folded == _name(username))
            .where(SignInSource.user_id == User.id, SignInSource.source_hash == source, lately)
        )
        return bool(self._session.execute(select(found)).scalar_one())

    def know(self, user_id: int, source: str, at: datetime) -> None:
        """Keep that a person has signed in from a source."""
        self._session.merge(SignInSource(user_id=user_id, source_hash=source, at=at))

    def forget_sources(self, user_id: int, *, but: str = "") -> None:
        """Let every source of a person be unknown, save one."""
        own = SignInSource.user_id == user_id
        self._session.execute(delete(SignInSource).where(own, SignInSource.source_hash != but))

    def forget_sources_before(self, at: datetime) -> int:
        """Forget the sources that nobody has signed in from since a moment; return how many."""
        return self._deleted(delete(SignInSource).where(SignInSource.at < at))

    def _deleted(self, statement: Delete) -> int:
        return cast("CursorResult[Any]", self._session.execute(statement)).rowcount


def _name(username: str) -> str:
    return folded(username)[:_LONGEST_NAME]


def _key(username: str) -> str:
    """Return what a name is kept as: what was typed there may be a password."""
    return name_digest(_name(username))
