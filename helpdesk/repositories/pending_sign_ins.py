# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes sign-ins that wait: for a code, or for what a browser comes back with."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Select, delete
from sqlalchemy.orm import Session

from helpdesk.models import PendingSignIn, SingleSignOnRequest


class PendingSignInRepository:
    """The sign-ins whose password was right, known by the hashes of their tokens."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def add(self, pending: PendingSignIn) -> None:
        """Let a sign-in wait for its code."""
        self._session.add(pending)
        self._session.flush()

    def found(self, token_hash: str) -> PendingSignIn | None:
        """Return the sign-in of a token, whether it is too old or not."""
        return self._session.get(PendingSignIn, token_hash, populate_existing=True)

    def end(self, token_hash: str) -> bool:
        """End a sign-in; return whether it was there still: it goes on once."""
        return self._gone(delete(PendingSignIn).where(PendingSignIn.token_hash == token_hash)) == 1

    def end_of(self, person_id: int) -> None:
        """End every sign-in of a person that waits."""
        self._session.execute(delete(PendingSignIn).where(PendingSignIn.person_id == person_id))

    def end_of_some(self, people: Select[int]) -> None:
        """End every sign-in that waits of people who are found so."""
        statement = delete(PendingSignIn).where(PendingSignIn.person_id.in_(people))
        self._session.execute(statement, execution_options={"synchronize_session": False})

    def forget_before(self, at: datetime) -> int:
        """Forget what has waited in vain until a moment, in browsers too; return how many."""
        pending = self._gone(delete(PendingSignIn).where(PendingSignIn.ends_at < at))
        asked = delete(SingleSignOnRequest).where(SingleSignOnRequest.ends_at < at)
        return pending + self._gone(asked)

    def _gone(self, statement: Any) -> int:
        return cast("CursorResult[Any]", self._session.execute(statement)).rowcount
