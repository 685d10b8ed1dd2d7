# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes who has asked for a way back to an account, and the codes that lead there."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session

from helpdesk.core.text import folded
from helpdesk.models import ResetRequest, User
from helpdesk.models.sign_in_failure import name_digest

ASKED, SENT, USED, DROPPED = "asked", "sent", "used", "dropped"
LONGEST_NAME = 200
_MOST_ACCOUNTS = 5
"""Of so many accounts with one address codes are mailed."""

_row = ResetRequest.__table__.c
_CAN_BE_MAILED = (User.active.is_(True), User.email.is_not(None))


class ResetRepository:
    """The requests for a way back."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def counts(self, name: str, source: str, since: datetime) -> tuple[int, int]:
        """Return how often a name, and how often from one place, was asked for lately."""
        named = key_of(name)
        arms = [
            select(func.count()).where(column == value, _row.created_at > since).scalar_subquery()
            for column, value in ((_row.name_folded, named), (_row.source, source))
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

    def waiting(self, limit: int) -> list[tuple[int, str]]:
        """Return the requests that wait longest for their mail, and for whom they ask."""
        statement = select(_row.id, _row.name_folded).where(_row.state == ASKED)
        rows = self._session.execute(statement.order_by(_row.id).limit(limit))
        return [(request_id, key) for request_id, key in rows]

    def get(self, request_id: int) -> ResetRequest | None:
        """Return a request."""
        return self._session.get(ResetRequest, request_id, populate_existing=True)

    def meant_by(self, keys: Collection[str]) -> dict[str, list[int]]:
        """Return who goes by names that were asked for, their user name or their e-mail address.

        Everybody is looked at: what was typed is known by its digest alone.
        """
        statement = select(User.id, User.username, User.email).where(*_CAN_BE_MAILED)
        found: dict[str, list[int]] = {key: [] for key in keys}
        rows = self._session.execute(statement.order_by(User.id).execution_options(yield_per=1_000))
        for person_id, username, email in rows:
            for key in {key_of(username), key_of(email or "")} & found.keys():
                found[key].append(person_id)
        return {key: ids[:_MOST_ACCOUNTS] for key, ids in found.items()}

    def accounts(self, ids: Collection[int]) -> list[User]:
        """Return those of some accounts that a mail can reach still."""
        statement = select(User).where(User.id.in_(ids), *_CAN_BE_MAILED).order_by(User.id)
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
    """Return the digest that a name is compared by: who mistypes puts a password there."""
    return name_digest(folded(name)[:LONGEST_NAME])
