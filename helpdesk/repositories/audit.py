# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the audit log, and adds to it; nothing of it is ever changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import AuditEntry

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

    def add(self, rows: Sequence[AuditEntry]) -> None:
        """Store new entries."""
        self._session.add_all(rows)
        self._session.flush()
