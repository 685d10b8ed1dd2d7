# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out whose token a call carries: somebody's session, or the key of another system.

Each call looks the token up together with the account behind it, so that whatever ends one or
the other is in force at once, whichever process it was done by.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from helpdesk.core.errors import DeskError, SignedOut
from helpdesk.core.permissions import Actor, Permission
from helpdesk.core.schemas.users import Role
from helpdesk.core.settings import SecuritySettings
from helpdesk.database.db_manager import DbManager
from helpdesk.repositories.api_keys import ApiKeyRepository, scopes_of
from helpdesk.repositories.sessions import SessionRepository
from helpdesk.repositories.users import UserRepository
from helpdesk.services.security_setup import security_of
from helpdesk.services.session_registry import SessionRegistry, hash_of, is_api_key

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

logger = logging.getLogger(__name__)

_NOTED_EVERY = timedelta(minutes=1)
_TRIES_KEPT = 10_000
_NOBODY = "Sign in first."
_ENDED = "Your session has ended; sign in again."
_DEACTIVATED = "Your account has been deactivated; ask an admin."
_NO_KEY = "This API key is not known; ask an admin for one."
_KEY_ENDED = "This API key has expired or was revoked; ask an admin for a new one."
_KEY_DEACTIVATED = "The account of this API key has been deactivated; ask an admin."


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is, and what can be told of it."""

    actor: Actor
    active: bool
    token_hash: str = field(repr=False)
    used_at: datetime | None
    ends_at: datetime | None
    id: int | None
    """The row of the session or the key; ``None`` for a session in memory."""
    revoked: bool = False
    began_at: datetime | None = None
    """When a session began that the desk keeps."""
    kept_security: str | None = None
    """What an admin changed of the rules by which a session ends."""

    @property
    def is_key(self) -> bool:
        """Whether another system calls with an API key."""
        return self.actor.scopes is not None


class Callers:
    """The sessions and API keys of one desk, as calls come with them."""

    def __init__(self, database: DbManager, security: SecuritySettings) -> None:
        """Bind to a database."""
        self._database = database
        self._security = security
        self.registry = SessionRegistry(timedelta(days=security.session_days))
        self._tried_at: dict[str, datetime] = {}
        self._lock = Lock()

    def find(self, session: Session, token: str | None) -> Caller | None:
        """Return whose token it is, whether it may still be used or not, in one query."""
        if token is None:
            return None
        if is_api_key(token):
            return _by_key(session, token)
        if self._database.read_only and (caller := self._held(session, token)):
            return caller
        return _by_session(session, token)

    def live(self, caller: Caller | None, token: str | None, now: datetime) -> Caller:
        """Return a caller whose token can be used now. Raises ``SignedOut``."""
        if token is None:
            raise SignedOut(_NOBODY)
        if caller is None:
            raise SignedOut(_NO_KEY if is_api_key(token) else _ENDED)
        if not caller.active:
            raise SignedOut(_KEY_DEACTIVATED if caller.is_key else _DEACTIVATED)
        if self.has_ended(caller, now):
            raise SignedOut(_KEY_ENDED if caller.is_key else _ENDED)
        return caller

    def has_ended(self, caller: Caller, now: datetime) -> bool:
        """Return whether a session or a key is over, by itself or by being revoked."""
        if caller.revoked or (caller.ends_at is not None and now >= caller.ends_at):
            return True
        if caller.is_key or caller.used_at is None:
            return False
        # A clock set back by years must not keep a session alive for as long.
        rules = security_of(self._security, caller.kept_security)
        if abs(now - caller.used_at) > timedelta(hours=rules.session_hours):
            return True
        # Also one that began while it was to last for longer.
        longest = timedelta(days=rules.session_days)
        return caller.began_at is not None and now - caller.began_at >= longest

    def note_use(self, caller: Caller, now: datetime) -> None:
        """Keep that a session or a key was used, once a minute and where it can be done at once.

        Whatever happens, the call that used it is not disturbed.
        """
        if not self._is_to_be_noted(caller, now):
            return
        if caller.id is None:
            self.registry.note_use(caller.token_hash, now)
        elif caller.is_key:
            id_ = caller.id
            self._at_once(lambda session: ApiKeyRepository(session).note_use(id_, now))
        else:
            id_ = caller.id
            self._at_once(lambda session: SessionRepository(session).note_use(id_, now))

    def end(self, token_hash: str) -> None:
        """End a session where that can be done at once; else it ends by itself, unused."""
        self.registry.end(token_hash)
        self._at_once(lambda session: SessionRepository(session).end(token_hash))

    def _held(self, session: Session, token: str) -> Caller | None:
        token_hash = hash_of(token)
        held = self.registry.found(token_hash)
        identity = UserRepository(session).identity(held.user_id) if held else None
        if held is None or identity is None:
            return None
        actor = Actor(held.user_id, identity.username, identity.full_name, identity.role)
        return Caller(actor, identity.active, token_hash, held.used_at, held.ends_at, id=None)

    def _is_to_be_noted(self, caller: Caller, now: datetime) -> bool:
        """Return it once a minute; of many calls at the same time to one of them."""
        if caller.used_at is not None and abs(now - caller.used_at) < _NOTED_EVERY:
            return False
        with self._lock:
            tried_at = self._tried_at.get(caller.token_hash)
            if tried_at is not None and abs(now - tried_at) < _NOTED_EVERY:
                return False
            if len(self._tried_at) >= _TRIES_KEPT:
                self._tried_at.clear()
            self._tried_at[caller.token_hash] = now
        return True

    def _at_once(self, write: Callable[[Session], None]) -> None:
        if self._database.read_only:
            return
        try:
            with self._database.writing(patiently=False) as session:
                write(session)
        except DeskError as error:
            logger.debug("not noted now: %s", error.code)


def _by_session(session: Session, token: str) -> Caller | None:
    token_hash = hash_of(token)
    found = SessionRepository(session).found(token_hash)
    if found is None:
        return None
    actor = Actor(found.user_id, found.username, found.full_name, found.role)
    return Caller(
        actor,
        found.active,
        token_hash,
        found.used_at,
        found.ends_at,
        found.id,
        began_at=found.created_at,
        kept_security=found.kept_security,
    )


def _by_key(session: Session, token: str) -> Caller | None:
    key_hash = hash_of(token)
    found = ApiKeyRepository(session).found(key_hash)
    if found is None:
        return None
    return Caller(
        _narrowed(found.user_id, found.username, found.full_name, found.role, found.scopes),
        found.active,
        key_hash,
        found.last_used_at,
        found.expires_at,
        found.id,
        revoked=found.revoked_at is not None,
    )


def _narrowed(user_id: int, username: str, full_name: str, role: Role, scopes: str) -> Actor:
    # Whatever is stored: with a key nobody makes more keys.
    within = scopes_of(scopes) - {Permission.MANAGE_API_KEYS}
    return Actor(user_id, username, full_name, role, scopes=within)
