# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the audit log, and adds to it; nothing of it is ever changed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select, union
from sqlalchemy.orm import Session

from helpdesk.core.schemas.audit import AuditAction, AuditField, AuditPage, AuditQuery, AuditView
from helpdesk.core.schemas.users import PersonRef
from helpdesk.core.text import folded
from helpdesk.models import AuditEntry, User
from helpdesk.repositories.cursors import decoded, encoded

_entry = AuditEntry.__table__.c
_LAST = select(_entry.id, _entry.digest).order_by(_entry.id.desc()).limit(1)


class AuditRepository:
    """The entries of the audit log."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def last(self) -> tuple[int, str] | None:
        """Return the number and the digest of the newest entry, if there is one."""
        row = self._session.execute(_LAST).one_or_none()
        return (row.id, row.digest) if row else None

    def has(
        self,
        action: AuditAction,
        actor_id: int | None,
        since: datetime,
        *,
        by_key: bool,
        about_name: str,
        changes: str,
    ) -> bool:
        """Return whether there is such an entry of somebody since a moment."""
        statement = select(_entry.id).where(
            _entry.action == action,
            _entry.actor_id == actor_id,
            _entry.at >= since,
            _entry.by_key.is_(by_key),
            _entry.about_name == about_name,
            _entry.changes == changes,
        )
        return self._session.execute(statement.limit(1)).first() is not None

    def add(self, rows: Sequence[AuditEntry]) -> None:
        """Store new entries."""
        self._session.add_all(rows)
        self._session.flush()

    def page(self, query: AuditQuery, *, of_person: int | None = None) -> AuditPage:
        """Return some entries, the newest first; or only what somebody did, or was done to them."""
        # What is asked for stands in one index, so that the rows of a page alone are read.
        found = select(_entry.id).where(*_wanted(query)).order_by(_entry.id.desc())
        chosen = found.limit(query.limit + 1).subquery()
        if of_person is not None:
            # Either has an index in this order; for both at once the database would sort them all.
            own = (
                found.where(_entry.actor_id == of_person),
                found.where(_entry.about == "user", _entry.about_id == of_person),
            )
            arms = (select(each.limit(query.limit + 1).subquery().c.id) for each in own)
            both = union(*arms).subquery()
            chosen = select(both.c.id).order_by(both.c.id.desc()).limit(query.limit + 1).subquery()
        statement = (
            select(AuditEntry, User.full_name)
            .join(chosen, chosen.c.id == AuditEntry.id)
            .outerjoin(User, User.id == AuditEntry.actor_id)
            .order_by(AuditEntry.id.desc())
        )
        rows = self._session.execute(statement).all()
        shown = rows[: query.limit]
        more = len(rows) > query.limit
        return AuditPage(
            items=tuple(_view(entry, name) for entry, name in shown),
            next_cursor=encoded((shown[-1][0].id,)) if more else None,
        )


def _wanted(query: AuditQuery) -> Iterator[ColumnElement[bool]]:
    """Yield what an entry has to be."""
    if query.cursor:
        yield _entry.id < decoded(query.cursor, (int,))[0]
    if query.actions:
        yield _entry.action.in_(query.actions)
    if query.actor_id is not None:
        yield _entry.actor_id == query.actor_id
    if query.about:
        yield _entry.about == query.about
    if query.about_id is not None:
        yield _entry.about_id == query.about_id
    if query.since is not None:
        yield _entry.at >= query.since
    if query.until is not None:
        yield _entry.at < query.until
    for word in folded(query.text).split():
        yield _entry.names_folded.contains(f" {word}", autoescape=True)


def _view(entry: AuditEntry, name: str | None) -> AuditView:
    person = None
    if entry.actor_id is not None:
        person = PersonRef(id=entry.actor_id, full_name=name or entry.actor_name)
    return AuditView(
        id=entry.id,
        at=entry.at,
        action=entry.action,
        actor=person,
        actor_name=entry.actor_name,
        by_key=entry.by_key,
        source=entry.source,
        about=entry.about,
        about_id=entry.about_id,
        about_name=entry.about_name,
        changes=tuple(
            AuditField(name=each, before=before, after=after)
            for each, before, after in json.loads(entry.changes)
        ),
        digest=entry.digest,
    )
