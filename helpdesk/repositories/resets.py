# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes who has asked for a way back to an account, and the codes that lead there."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from helpdesk.core.text import folded
from helpdesk.models import ResetRequest, User

ASKED, SENT, USED, DROPPED = "asked", "sent", "used", "dropped"
LONGEST_NAME = 200
_MOST_ACCOUNTS = 5
"""Of so many accounts with one address codes are mailed."""

_row = ResetRequest.__table__.c


class ResetRepository:
    """The requests for a way back."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def counts(self, name: str, source: str, since: datetime) -> tuple[int, int]:
        """Return how often a name, and how often from one place, was asked for lately."""
        arms = [
            select(func.count()).where(column == value, _row.created_at > since).scalar_subquery()
            for column, value in ((_row.name_folded, key_of(name)), (_row.source, source))
        ]
        by_name, by_source = self._session.execute(select(*arms)).one()
        return by_name, by_source

    def add(self, request: ResetRequest) -> ResetRequest:
        """Keep a request."""
        self._session.add(request)
        self._session.flush()
        return request

    def is_waiting(self) -> bool:
        """Return whether a request waits for its mail."""
        statement = select(_row.id).where(_row.state == ASKED).limit(1)
        return self._session.execute(statement).first() is not None

    def waiting(self, limit: int) -> list[int]:
        """Return the requests that wait longest for their mail."""
        statement = select(_row.id).where(_row.state == ASKED).order_by(_row.id).limit(limit)
        return list(self._session.execute(statement).scalars())

    def get(self, request_id: int) -> ResetRequest | None:
        """Return a request."""
        return self._session.get(ResetRequest, request_id, populate_existing=True)

    def accounts(self, name_folded: str) -> list[User]:
        """Return the active accounts that go by a user name or an e-mail address."""
        statement = (
            select(User)
            .where(
                or_(User.username_folded == name_folded, func.lower(User.email) == name_folded),
                User.active.is_(True),
                User.email.is_not(None),
            )
            .order_by(User.id)
            .limit(_MOST_ACCOUNTS)
        )
        return list(self._session.scalars(statement))

    def by_code(self, code_hash: str) -> ResetRequest | None:
        """Return the request whose mail had a code."""
        statement = select(ResetRequest).where(_row.code_hash == code_hash)
        return self._session.scalars(statement).first()

    def use(self, request_id: int) -> bool:
        """Take a code once."""
        ours = (_row.id == request_id, _row.state == SENT)
        return self._changed(update(ResetRequest).where(*ours).values(state=USED)) == 1

    def void(self, person_id: int) -> None:
        """Let no code of somebody lead anywhere any more."""
        theirs = (_row.person_id == person_id, _row.state.in_((ASKED, SENT)))
        values = {"state": DROPPED, "code_hash": None}
        self._session.execute(update(ResetRequest).where(*theirs).values(**values))

    def forget_before(self, at: datetime) -> int:
        """Forget what was asked for before a moment; return how many they were."""
        return self._changed(delete(ResetRequest).where(_row.created_at < at))

    def _changed(self, statement: Any) -> int:
        return cast("CursorResult[Any]", self._session.execute(statement)).rowcount


def key_of(name: str) -> str:
    """Return what a name is compared by."""
    return folded(name)[:LONGEST_NAME]
