# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way a message gets into the outbox, in the transaction of what it tells of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from helpdesk.core.schemas.notifications import Happening, MailBody, OutboxChannel
from helpdesk.core.settings import Settings
from helpdesk.models import Ticket
from helpdesk.services.mail_setup import setup_of

_NOWHERE = "helpdesk.invalid"
"""Behind the @ of what is known by no mail's sender."""


def mail_domain(settings: Settings, kept: str | None) -> str:
    """Return where mail of the desk comes from, or nothing while it sends none.

    ``kept`` is the fact of the desk that says how mail is set up.
    """
    setup = setup_of(settings, kept)
    return setup.section.sender.rpartition("@")[2] if setup.is_on else ""


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
    for_staff: bool = False
    """Whether it says what only the staff may read."""
    address: str | None = None
    """Where it goes, if not to the address that the person has when it leaves."""


class Dispatch:
    """Makes the rows of what leaves the desk at one moment; repository and ``Unsent`` keep them."""

    def __init__(self, now: datetime, domain: str) -> None:
        """Bind to the moment, and to where mail of the desk comes from, if it sends any."""
        self._now = now
        self._domain = domain or _NOWHERE

    def mail(self, letter: Letter) -> dict[str, Any]:
        """Return the row of a mail."""
        return {
            "key": self._new_key(),
            "channel": OutboxChannel.MAIL,
            "person_id": letter.person_id,
            "chat_channel_id": None,
            "happening": letter.happening,
            "ticket_id": letter.ticket_id,
            "digest": letter.digest,
            "for_staff": letter.for_staff,
            "address": letter.address,
            "subject": letter.subject,
            "body": letter.body.model_dump_json(),
            "created_at": self._now,
            "next_try_at": letter.at,
        }

    def post(self, channel_id: int, ticket: Ticket, subject: str, body: MailBody) -> dict[str, Any]:
        """Return the row of a message to a chat channel."""
        return {
            "key": self._new_key(),
            "channel": OutboxChannel.CHAT,
            "person_id": None,
            "chat_channel_id": channel_id,
            "happening": Happening.ESCALATED,
            "ticket_id": ticket.id,
            "digest": False,
            "for_staff": False,
            "address": None,
            "subject": subject,
            "body": body.model_dump_json(),
            "created_at": self._now,
            "next_try_at": self._now,
        }

    def _new_key(self) -> str:
        """Return what a message is known by, wherever it arrives: the Message-ID of a mail."""
        return f"{uuid4().hex}@{self._domain}"
