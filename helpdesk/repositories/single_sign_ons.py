# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes sign-ins that are under way in browsers, which are known by their hashes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, exists, func, select
from sqlalchemy.orm import Session

from helpdesk.models import SingleSignOnRequest


class SingleSignOnRepository:
    """The sign-ins that are under way in browsers."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def add(self, request: SingleSignOnRequest, most: int, most_by_source: int) -> bool:
        """Keep one, unless there are too many, of all or from its source; return whether it is.

        What is over goes.
        """
        self.forget_before(request.created_at)
        from_there = func.count().filter(SingleSignOnRequest.source == request.source)
        counts = select(func.count(), from_there).select_from(SingleSignOnRequest)
        of_all, of_source = self._session.execute(counts).one()
        if of_all >= most or of_source >= most_by_source:
            return False
        self._session.add(request)
        return True

    def is_known(self, state_hash: str) -> bool:
        """Return whether one is under way that is known by a hash."""
        found = exists().where(SingleSignOnRequest.state_hash == state_hash)
        return bool(self._session.execute(select(found)).scalar_one())

    def take(self, state_hash: str) -> SingleSignOnRequest | None:
        """Return one and forget it: of two that come for it, one gets it."""
        statement = select(SingleSignOnRequest).where(SingleSignOnRequest.state_hash == state_hash)
        request = self._session.execute(statement).scalar_one_or_none()
        if request is None:
            return None
        self._session.expunge(request)
        wanted = delete(SingleSignOnRequest).where(SingleSignOnRequest.state_hash == state_hash)
        taken = cast("CursorResult[Any]", self._session.execute(wanted)).rowcount
        return request if taken else None

    def forget_before(self, at: datetime) -> int:
        """Forget what was over before a moment; return how many they were."""
        over = delete(SingleSignOnRequest).where(SingleSignOnRequest.ends_at < at)
        return cast("CursorResult[Any]", self._session.execute(over)).rowcount
