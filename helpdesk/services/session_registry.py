# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is signed in, kept in memory."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from helpdesk.core.errors import SignedOut

_TOKEN_BYTES = 32
_ENDED = "Your session has ended; sign in again."


@dataclass(slots=True)
class _Session:
    user_id: int
    used_at: datetime


class SessionRegistry:
    """Sessions by token; one that is not used for ``idle`` ends by itself."""

    def __init__(self, idle: timedelta) -> None:
        """Begin with nobody signed in."""
        self._idle = idle
        self._sessions: dict[str, _Session] = {}
        self._lock = Lock()

    def begin(self, user_id: int, now: datetime) -> str:
        """Start a session and return its token."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._lock:
            self._sessions[token] = _Session(user_id, now)
        return token

    def user_of(self, token: str | None, now: datetime, *, passive: bool = False) -> int:
        """Return whose session it is; a ``passive`` call does not count as use.

        Raises ``SignedOut`` when it has ended or never was.
        """
        with self._lock:
            session = self._sessions.get(token or "")
            if session is None:
                raise SignedOut("Sign in first.")
            # A clock set back by years must not keep a session alive for as long.
            if abs(now - session.used_at) > self._idle:
                del self._sessions[token or ""]
                raise SignedOut(_ENDED)
            if not passive:
                session.used_at = now
            return session.user_id

    def owner_of(self, token: str | None) -> int | None:
        """Return whose session it is, whether it may still be used or not."""
        with self._lock:
            session = self._sessions.get(token or "")
            return session.user_id if session else None

    def end(self, token: str | None) -> None:
        """End one session, if there is one."""
        with self._lock:
            self._sessions.pop(token or "", None)

    def end_of(self, user_id: int, *, but: str | None = None) -> None:
        """End every session of a person, except the one named."""
        with self._lock:
            for token in [t for t, s in self._sessions.items() if s.user_id == user_id]:
                if token != but:
                    del self._sessions[token]
