# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the named facts of a desk."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from helpdesk.models import DeskFact

DEMO_ACCOUNTS = "demo_accounts"
MADE_AT = "made_at"
TAKEN_UP, ALL_TAKEN_UP = "sla_taken_up", "all"
"""'all' once every open ticket has clocks; whoever writes tickets past them sets another value."""
DESK_ID = "desk_id"
"""What tells this desk from others where things of several may meet, such as in a mail box."""
RATING_KEY = "rating_key"
"""What the links are signed with by which people rate solutions from their mail."""
SECURITY_SETTINGS = "security_settings"
"""What an admin changed of the rules of signing in."""
ATTACHMENT_SETTINGS = "attachment_settings"
"""What an admin changed of how large files may be."""
SOURCE_SALT = "source_salt"
"""What the addresses of people are hashed with, so that they are of use to this desk alone."""


_fact = DeskFact.__table__.c
_ONE = select(_fact.value).where(_fact.name == bindparam("fact"))


class FactRepository:
    """The facts of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session
        self._known: dict[str, str] = session.info.setdefault("facts", {})
        """What was read or set in this transaction, whoever asked."""

    def get(self, name: str) -> str | None:
        """Return a fact, or ``None`` where it is not known."""
        if name in self._known:
            return self._known[name]
        rows = self._session.connection().execute(_ONE, {"fact": name})
        value: str | None = rows.scalar_one_or_none()
        if value is not None:
            self._known[name] = value
        return value

    def some(self, *names: str) -> dict[str, str]:
        """Return those of some facts that are known, in one statement."""
        wanted = select(DeskFact.name, DeskFact.value).where(DeskFact.name.in_(names))
        return {row.name: row.value for row in self._session.execute(wanted)}

    def set(self, name: str, value: str) -> None:
        """Keep a fact."""
        self._session.merge(DeskFact(name=name, value=value))
        self._session.flush()
        self._known[name] = value

    def mark(self) -> Mapping[str, str]:
        """Return what is known now, for ``drop_from``."""
        return dict(self._known)

    def drop_from(self, mark: Mapping[str, str]) -> None:
        """Know what was known then: what was set since is no more."""
        # It is shared by everybody who asks in this transaction.
        self._known.clear()
        self._known.update(mark)

    def desk_id(self) -> str:
        """Return what tells this desk from others, made when it is first needed."""
        known = self.get(DESK_ID)
        if known is None:
            known = secrets.token_hex(6)
            self.set(DESK_ID, known)
        return known
