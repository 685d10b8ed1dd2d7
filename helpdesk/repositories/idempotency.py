# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes which calls were done already."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete
from sqlalchemy.orm import Session

from helpdesk.models import DoneCall


class IdempotencyRepository:
    """The calls that were done with an idempotency key."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def find(self, actor_id: int, key_hash: str) -> DoneCall | None:
        """Return the call that was done with a key, or ``None``."""
        return self._session.get(DoneCall, (actor_id, key_hash))

    def add(self, call: DoneCall) -> None:
        """Keep a call, in the transaction of what it does."""
        self._session.add(call)

    def forget_before(self, at: datetime) -> int:
        """Forget the calls done before a moment and return how many; they could be done again."""
        result = self._session.execute(delete(DoneCall).where(DoneCall.at < at))
        return cast("CursorResult[Any]", result).rowcount
