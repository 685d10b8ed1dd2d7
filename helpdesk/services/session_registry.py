# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of sessions and API keys, and the sessions that no database can keep."""

from __future__ import annotations

import hashlib
import secrets
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from helpdesk.core.api import API_KEY_PREFIX

_TOKEN_BYTES = 32


def new_token() -> str:
    """Return a token for a session: 256 random bits, in letters that no API key begins with."""
    return secrets.token_hex(_TOKEN_BYTES)


def new_api_key() -> str:
    """Return an API key: 256 random bits behind the letters that tell what it is."""
    return API_KEY_PREFIX + secrets.token_hex(_TOKEN_BYTES)


def is_api_key(token: str | None) -> bool:
    """Return whether a token is meant to be an API key, not a session's."""
    return token is not None and token.startswith(API_KEY_PREFIX)


def hash_of(token: str) -> str:
    """Return what is stored of a token; nobody can guess one, so that no slow hash is needed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True)
class HeldSession:
    """A session in memory."""

    user_id: int
    used_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class HeldPending:
    """A sign-in in memory that waits for its code."""

    person_id: int
    verified: str | None
    ends_at: datetime


@dataclass(slots=True)
class HeldCodes:
    """The codes of one person in memory: which was taken last, and how many wrong ones since."""

    last_step: int = 0
    failures: int = 0
    last_at: datetime | None = None


class SessionRegistry:
    """The sessions of a desk that can only be read; they end with the program."""

    def __init__(self, longest: timedelta) -> None:
        """Begin with nobody signed in."""
        self._longest = longest
        self._sessions: dict[str, HeldSession] = {}
        self._pending: dict[str, HeldPending] = {}
        self._codes: dict[int, HeldCodes] = {}
        self._lock = Lock()
        self._code_lock = Lock()

    def begin(self, user_id: int, now: datetime) -> str:
        """Start a session and return its token."""
        token = new_token()
        with self._lock:
            self._sessions[hash_of(token)] = HeldSession(user_id, now, now + self._longest)
        return token

    def begin_pending(
        self, person_id: int, verified: str | None, now: datetime, ends_at: datetime
    ) -> str:
        """Let a sign-in wait for its code, and return its token."""
        token = new_token()
        with self._lock:
            for key in [key for key, each in self._pending.items() if each.ends_at < now]:
                del self._pending[key]
            self._pending[hash_of(token)] = HeldPending(person_id, verified, ends_at)
        return token

    def pending(self, token_hash: str) -> HeldPending | None:
        """Return the sign-in of a token, whether it is too old or not."""
        with self._lock:
            return self._pending.get(token_hash)

    def end_pending(self, token_hash: str) -> bool:
        """End a sign-in that waits; return whether it was there still: it goes on once."""
        with self._lock:
            return self._pending.pop(token_hash, None) is not None

    def codes_of(self, person_id: int) -> HeldCodes:
        """Return what is known of somebody's codes; use it with ``exclusively`` alone."""
        return self._codes.setdefault(person_id, HeldCodes())

    def exclusively(self) -> AbstractContextManager[object]:
        """Return a block that no two threads are in at once."""
        return self._code_lock

    def found(self, token_hash: str) -> HeldSession | None:
        """Return the session of a token, whether it may still be used or not."""
        with self._lock:
            return self._sessions.get(token_hash)

    def note_use(self, token_hash: str, now: datetime) -> None:
        """Keep when a session was used last."""
        with self._lock:
            if session := self._sessions.get(token_hash):
                session.used_at = now

    def end(self, token_hash: str) -> None:
        """End one session, if there is one."""
        with self._lock:
            self._sessions.pop(token_hash, None)
