# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the keys of other systems, which are known by their hashes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, or_, select, update
from sqlalchemy.orm import Session

from helpdesk.core.errors import NotFound
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.api_keys import ApiKeyPage, ApiKeyQuery, ApiKeyView
from helpdesk.core.schemas.users import PersonRef, Role
from helpdesk.database.types import is_id
from helpdesk.models import ApiKey, User
from helpdesk.repositories.cursors import decoded, encoded

_key = ApiKey.__table__.c
_user = User.__table__.c
_FOUND = (
    select(
        _key.id, _key.user_id, _key.scopes, _key.expires_at, _key.last_used_at, _key.revoked_at,
        _user.username, _user.full_name, _user.role, _user.active,
    )
    .join_from(ApiKey.__table__, User.__table__, _user.id == _key.user_id)
    .where(_key.key_hash == bindparam("key_hash"))
)  # fmt: skip
_SHOWN = select(
    _key.id, _key.name, _key.scopes, _key.user_id, _user.full_name,
    _key.created_at, _key.expires_at, _key.last_used_at, _key.revoked_at,
).join_from(ApiKey.__table__, User.__table__, _user.id == _key.user_id)  # fmt: skip


class FoundKey(NamedTuple):
    """A key, and whom it acts as as of this moment."""

    id: int
    user_id: int
    scopes: str
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    username: str
    full_name: str
    role: Role
    active: bool


class ApiKeyRepository:
    """The keys of other systems."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def found(self, key_hash: str) -> FoundKey | None:
        """Return a key, whether it may still be used or not."""
        row = self._session.execute(_FOUND, {"key_hash": key_hash}).one_or_none()
        return FoundKey._make(row) if row else None

    def add(self, key: ApiKey) -> ApiKeyView:
        """Store a new key and return it as admins see it."""
        self._session.add(key)
        self._session.flush()
        return _view(self._session.execute(_SHOWN.where(_key.id == key.id)).one())

    def page(self, query: ApiKeyQuery, now: datetime) -> ApiKeyPage:
        """Return one page of keys, the newest first. Raises ``Invalid`` for a bad cursor."""
        statement = _SHOWN.order_by(_key.id.desc()).limit(query.limit + 1)
        if query.active is not None:
            ended = or_(_key.revoked_at.is_not(None), _key.expires_at <= now)
            # A key that never expires compares as unknown, which is neither true nor false.
            statement = statement.where(ended.is_not(True) if query.active else ended.is_(True))
        if query.cursor:
            (after_id,) = decoded(query.cursor, (int,))
            statement = statement.where(_key.id < after_id)
        rows = self._session.execute(statement).all()
        items = tuple(_view(row) for row in rows[: query.limit])
        more = len(rows) > query.limit
        return ApiKeyPage(items=items, next_cursor=encoded((items[-1].id,)) if more else None)

    def revoke(self, key_id: int, at: datetime) -> str | None:
        """Let a key be used no more; return its name if it could be. Raises ``NotFound``."""
        key = self._session.get(ApiKey, key_id) if is_id(key_id) else None
        if key is None:
            raise NotFound("There is no such API key.")
        if key.revoked_at is not None:
            return None
        key.revoked_at = at
        return key.name

    def revoke_of(self, user_id: int, at: datetime) -> list[tuple[int, str]]:
        """Let no key of somebody be used any more; return numbers and names of those it ended."""
        theirs = (_key.user_id == user_id, _key.revoked_at.is_(None))
        ended = [
            (id_, name)
            for id_, name in self._session.execute(
                select(_key.id, _key.name).where(*theirs).order_by(_key.id)
            )
        ]
        if ended:
            self._session.execute(update(ApiKey).where(*theirs).values(revoked_at=at))
        return ended

    def note_use(self, key_id: int, at: datetime) -> None:
        """Keep when a key was used last."""
        statement = update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=at)
        self._session.execute(statement)


def scopes_text(scopes: Iterable[Permission]) -> str:
    """Return scopes as they are stored."""
    return " ".join(sorted(set(scopes)))


def scopes_of(stored: str) -> frozenset[Permission]:
    """Return what is stored as scopes; one that this version does not know grants nothing."""
    known = {permission.value for permission in Permission}
    return frozenset(Permission(name) for name in stored.split() if name in known)


def _view(row: Row[*tuple[Any, ...]]) -> ApiKeyView:
    id_, name, scopes, owner_id, owner, created_at, expires_at, last_used_at, revoked_at = row
    return ApiKeyView(
        id=id_,
        name=name,
        scopes=tuple(scopes.split()),
        owner=PersonRef(id=owner_id, full_name=owner),
        created_at=created_at,
        expires_at=expires_at,
        last_used_at=last_used_at,
        revoked_at=revoked_at,
    )
