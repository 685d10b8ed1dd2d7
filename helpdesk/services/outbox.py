# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way a message gets into the outbox, in the transaction of what it tells of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from helpdesk.core.schemas.notifications import Happening, MailBody, OutboxChannel
from helpdesk.models import Ticket
from helpdesk.repositories.outbox import OutboxRepository

_HOST = "helpdesk.invalid"
"""Behind the @ of a Message-ID: it is no place, and no other program makes such."""


def new_key() -> str:
    """Return what a new message is known by, wherever it arrives: a Message-ID."""
    return f"{uuid4().hex}@{_HOST}"


@dataclass(frozen=True)
class Letter:
    """A mail to somebody. ``at`` is when it may leave, or when the digest is due it is part of."""

    person_id: int
    subject: str
    body: MailBody
    at: datetime
    happening: Happening | None = None
    ticket_id: int | None = None
    digest: bool = False
    key: str = field(default_factory=new_key)


class Outbox:
    """Puts messages into the outbox."""

    def __init__(self, outbox: OutboxRepository, now: datetime) -> None:
        """Bind to a transaction, and to its moment."""
        self._outbox = outbox
        self._now = now

    def mail(self, letters: Sequence[Letter]) -> None:
        """Let mails leave, all of them by one statement."""
        self._outbox.add(
            [
                {
                    "key": letter.key,
                    "channel": OutboxChannel.MAIL,
                    "person_id": letter.person_id,
                    "happening": letter.happening,
                    "ticket_id": letter.ticket_id,
                    "digest": letter.digest,
                    "subject": letter.subject,
                    "body": letter.body.model_dump_json(),
                    "created_at": self._now,
                    "next_try_at": letter.at,
                }
                for letter in letters
            ]
        )

    def post(self, channel_id: int, ticket: Ticket, subject: str, body: MailBody) -> None:
        """Let a message go to a chat channel."""
        self._outbox.add(
            [
                {
                    "key": new_key(),
                    "channel": OutboxChannel.CHAT,
                    "person_id": None,
                    "chat_channel_id": channel_id,
                    "happening": Happening.ESCALATED,
                    "ticket_id": ticket.id,
                    "subject": subject,
                    "body": body.model_dump_json(),
                    "created_at": self._now,
                    "next_try_at": self._now,
                }
            ]
        )

    def take_back(self, keys: Collection[str]) -> None:
        """Remove mails of this transaction that something weightier takes the place of."""
        self._outbox.take_back(keys)
