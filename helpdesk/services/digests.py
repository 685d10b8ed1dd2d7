# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes one mail a day of everything that waits for somebody's digest.

What it is made of is settled in the transaction that writes it: whoever is killed in between has
written neither, and no second run finds the parts again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from helpdesk.core.notification_defaults import CONCERNS
from helpdesk.core.permissions import STAFF
from helpdesk.core.schemas.notifications import DeliveryState, MailBody
from helpdesk.core.settings import Settings
from helpdesk.core.text import ellipsis
from helpdesk.database.db_manager import DbManager
from helpdesk.repositories.facts import FactRepository
from helpdesk.repositories.notifications import NotificationRepository
from helpdesk.repositories.outbox import OutboxRepository, Part, Reader
from helpdesk.services.mail_setup import FACT
from helpdesk.services.outbox import Dispatch, Letter, mail_domain
from helpdesk.services.preferences import LONGEST_WAIT
from helpdesk.services.quiet_hours import zone_of

_PEOPLE_AT_ONCE = 50
_MOST_LINES = 300
_QUOTE_LIMIT = 200
_IN_DIGEST = "Part of a digest."
_LEFT = "The account was ended, or may not read it any more."


def write_digests(database: DbManager, settings: Settings, now: datetime) -> int:
    """Write the digests that are due, and return how many they are."""
    written = 0
    while due := _due(database, now):
        with database.writing() as session:
            # Another process may have been here meanwhile.
            notifications = NotificationRepository(session)
            due = notifications.digests_due(now, now + LONGEST_WAIT, _PEOPLE_AT_ONCE)
            domain = mail_domain(settings, FactRepository(session).get(FACT))
            written += _write(OutboxRepository(session), due, now, domain)
            notifications.no_digest_waits(due)
    return written


def _due(database: DbManager, now: datetime) -> list[int]:
    with database.reading() as session:
        return NotificationRepository(session).digests_due(now, now + LONGEST_WAIT, 1)


def _write(outbox: OutboxRepository, due: Sequence[int], now: datetime, domain: str) -> int:
    parts: dict[int, list[Part]] = {}
    for part in outbox.parts(due):
        parts.setdefault(part.person_id, []).append(part)
    letters, sent, dropped = [], [], []
    for reader in outbox.readers(tuple(parts)):
        wanted = [part for part in parts[reader.id] if _may_read(reader, part)]
        sent += [part.id for part in wanted]
        dropped += [part.id for part in parts[reader.id] if not _may_read(reader, part)]
        if wanted:
            letters.append(_letter(reader, wanted, now))
    dispatch = Dispatch(now, domain)
    outbox.add([dispatch.mail(letter) for letter in letters])
    outbox.settle(sent, DeliveryState.SENT, now, _IN_DIGEST)
    outbox.settle(dropped, DeliveryState.DROPPED, now, _LEFT)
    return len(letters)


def _may_read(reader: Reader, part: Part) -> bool:
    """Return whether somebody may still be told of it: they may have left staff or ticket since."""
    if not reader.active or (part.for_staff and reader.role not in STAFF):
        return False
    if part.ticket_id is not None and reader.role not in STAFF and not part.is_on_it:
        return False
    return part.happening is None or part.happening in CONCERNS[reader.role]


def _letter(reader: Reader, parts: Sequence[Part], now: datetime) -> Letter:
    tickets = {part.ticket_id for part in parts}
    what = f"{_counted(len(parts), 'thing')} on {_counted(len(tickets), 'ticket')}"
    body = MailBody(
        title=f"What happened: {what}",
        lines=tuple(_bounded(_lines(parts, zone_of(reader.time_zone)))),
        to_name=reader.full_name,
    )
    return Letter(
        person_id=reader.id,
        subject=f"Your digest: {what}",
        body=body,
        at=now,
        for_staff=any(part.for_staff for part in parts),
    )


def _lines(parts: Sequence[Part], zone: ZoneInfo) -> Iterable[str]:
    """Yield what happened ticket by ticket: the one that something happened to last stands last."""
    newest = {part.ticket_id: part.id for part in parts}
    in_order = sorted(parts, key=lambda part: (newest[part.ticket_id], part.id))
    for _, of_ticket in groupby(in_order, key=lambda part: part.ticket_id):
        for place, part in enumerate(of_ticket):
            body = MailBody.model_validate_json(part.body)
            if place == 0 and body.number:
                yield f"{body.number} {body.ticket_subject}"
            yield f"{part.created_at.astimezone(zone):%d %b, %H:%M} – {_said(body)}"


def _said(body: MailBody) -> str:
    quoted = " ".join((body.comment or " ".join(body.lines)).split())
    said = f"{body.title}: {ellipsis(quoted, _QUOTE_LIMIT)}" if quoted else body.title
    return f"{said} ({body.why})" if body.why else said


def _bounded(lines: Iterable[str]) -> list[str]:
    every = list(lines)
    if len(every) <= _MOST_LINES:
        return every
    return [*every[:_MOST_LINES], f"And {len(every) - _MOST_LINES:,} more; the window shows all."]


def _counted(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
