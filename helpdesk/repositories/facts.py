# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads and writes the named facts of a desk."""

from __future__ import annotations

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from helpdesk.models import DeskFact

DEMO_ACCOUNTS = "demo_accounts"
MADE_AT = "made_at"
TAKEN_UP = "sla_taken_up"
"""'all' once every open ticket has clocks; whoever writes tickets past them sets another value."""
DESK_ID = "desk_id"
"""What tells this desk from others where things of several may meet, such as in a mail box."""
SOURCE_SALT = "source_salt"
"""What the addresses of people are hashed with, so that they are of use to this desk alone."""


class FactRepository:
    """The facts of the desk."""

    def __init__(self, session: Session) -> None:
        """Bind to a session."""
        self._session = session

    def get(self, name: str) -> str | None:
        """Return a fact, or ``None`` where it is not known."""
        fact = self._session.get(DeskFact, name)
        return fact.value if fact else None

    def some(self, *names: str) -> dict[str, str]:
        """Return those of some facts that are known, in one statement."""
        wanted = select(DeskFact.name, DeskFact.value).where(DeskFact.name.in_(names))
        return {row.name: row.value for row in self._session.execute(wanted)}

    def set(self, name: str, value: str) -> None:
        """Keep a fact."""
        self._session.merge(DeskFact(name=name, value=value))

    def desk_id(self) -> str:
        """Return what tells this desk from others, made when it is first needed."""
        known = self.get(DESK_ID)
        if known is None:
            known = secrets.token_hex(6)
            self.set(DESK_ID, known)
        return known
