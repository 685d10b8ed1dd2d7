# SPDX-License-Identifier: GPL-3.0-or-later
"""What a transaction leaves in the audit log: gathered while it runs, chained when it ends."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from helpdesk.core.permissions import Actor
from helpdesk.core.schemas.audit import AuditAction, ExportKind
from helpdesk.core.text import NAME_LIMIT, ellipsis, single_line
from helpdesk.database import audit_chain
from helpdesk.database.audit_chain import FIRST_DIGEST, Written, names_of
from helpdesk.database.types import to_microseconds
from helpdesk.models import AuditEntry
from helpdesk.repositories.audit import AuditRepository
from helpdesk.services.audit_words import Change as Change
from helpdesk.services.audit_words import changes_of as changes_of


@dataclass(frozen=True, slots=True)
class About:
    """What something was done to, such as ``About("user", 7, "Bob Keller")``."""

    kind: str
    id: int | None = None
    name: str = ""


NOTHING = About("")


@dataclass(frozen=True, slots=True)
class Noted:
    """What becomes an entry."""

    action: AuditAction
    about: About
    changes: tuple[Change, ...]
    actor_id: int | None
    actor_name: str
    by_key: bool


class AuditTrail:
    """The entries of one transaction."""

    def __init__(self, repository: AuditRepository, actor: Actor, source: str) -> None:
        """Begin with none."""
        self._repository = repository
        self._actor = actor
        self._source = source
        self._noted: list[Noted] = []

    def add(
        self,
        action: AuditAction,
        about: About = NOTHING,
        changes: Iterable[Change] = (),
        *,
        actor: About | None = None,
    ) -> None:
        """Note what was done; ``actor`` is who did it where nobody is signed in yet."""
        who = actor or About("user", self._actor.id, self._actor.full_name)
        by_key = self._actor.scopes is not None
        self._noted.append(Noted(action, about, tuple(changes), who.id, who.name, by_key))

    def set_up(self, about: About, changes: Iterable[Change]) -> None:
        """Note that an admin changed how the desk is set up, if there is a difference."""
        if told := tuple(changes):
            self.add(AuditAction.SETTINGS_CHANGED, about, told)

    def mark(self) -> int:
        """Return how many entries there are."""
        return len(self._noted)

    def drop_from(self, mark: int) -> None:
        """Forget the entries that came after."""
        del self._noted[mark:]

    def taken(self) -> tuple[Noted, ...]:
        """Return the entries, and hold them no more: who only reads cannot write them."""
        noted = tuple(self._noted)
        self._noted.clear()
        return noted

    def take_over(self, noted: Iterable[Noted]) -> None:
        """Hold what another one held."""
        self._noted += noted

    def taken_out(self, kind: ExportKind, part: str) -> None:
        """Note that data leaves the desk: what, and which part of it."""
        changes = [("Part", "", ellipsis(single_line(part), NAME_LIMIT))] if part else []
        self.add(AuditAction.EXPORTED, About("export", name=kind.label), changes)

    def write(self, at: datetime) -> None:
        """Add the entries to the log, each chained to the one before."""
        if not self._noted:
            return
        last_id, digest = self._repository.last() or (0, FIRST_DIGEST)
        rows = []
        for id_, noted in enumerate(self._noted, start=last_id + 1):
            row = AuditEntry(
                id=id_,
                at=at,
                action=noted.action,
                actor_id=noted.actor_id,
                actor_name=noted.actor_name,
                by_key=noted.by_key,
                source=self._source,
                about=noted.about.kind,
                about_id=noted.about.id,
                about_name=noted.about.name,
                changes=json.dumps(noted.changes, ensure_ascii=False),
                names_folded=names_of(noted.actor_name, noted.about.name),
            )
            row.digest = digest = digest_of(digest, row)
            rows.append(row)
        self._noted.clear()
        self._repository.add(rows)


def digest_of(before: str, row: AuditEntry) -> str:
    """Return the digest that chains an entry to the one before."""
    return audit_chain.digest_of(
        before,
        Written(
            id=row.id,
            at=to_microseconds(row.at),
            action=str(row.action),
            actor_id=row.actor_id,
            actor_name=row.actor_name,
            by_key=row.by_key,
            source=row.source,
            about=row.about,
            about_id=row.about_id,
            about_name=row.about_name,
            changes=row.changes,
        ),
    )
