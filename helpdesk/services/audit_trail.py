# SPDX-License-Identifier: GPL-3.0-or-later
"""What a transaction leaves in the audit log: gathered while it runs, chained when it ends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

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
EXPORT_LASTS = timedelta(hours=1)
"""So long an entry stands for the pages that follow; then the next one makes another."""
_SIGNS = 8


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
        self.add(AuditAction.EXPORTED, _of_export(kind), _of_part(part))

    def goes_on_out(self, kind: ExportKind, part: str, now: datetime) -> None:
        """Note the same of a page behind a cursor, unless it was noted within the last hour.

        Anybody can make a cursor up. What counts is that the log tells of what leaves, by whom:
        where it does not, this page begins an export like the first one of another.
        """
        known = self._repository.has(
            AuditAction.EXPORTED,
            self._actor.id,
            now - EXPORT_LASTS,
            by_key=self._actor.scopes is not None,
            about_name=_of_export(kind).name,
            changes=_written(_of_part(part)),
        )
        if not known:
            self.taken_out(kind, part)

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
                changes=_written(noted.changes),
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


def _of_export(kind: ExportKind) -> About:
    return About("export", name=kind.label)


def _of_part(part: str) -> tuple[Change, ...]:
    """Return the part as an entry tells it; two that are cut alike differ by signs at the end."""
    told = single_line(part)
    if len(told) > NAME_LIMIT:
        signs = sha256(part.encode()).hexdigest()[:_SIGNS]
        told = f"{ellipsis(told, NAME_LIMIT - _SIGNS - 3)} ({signs})"
    return (("Part", "", told),) if told else ()


def _written(changes: Sequence[Change]) -> str:
    return json.dumps(changes, ensure_ascii=False)
