# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes and reads the links by which people rate a solution from their mail.

A link proves itself: it is signed for one ticket and one resolution of it with a key that nobody
but the desk has. Whoever holds it may rate, and learns the ticket's number and subject and
the score that it was given before, but none of the words.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from helpdesk.core.errors import NotFound
from helpdesk.models import Ticket
from helpdesk.repositories.facts import RATING_KEY
from helpdesk.repositories.ratings import Rateable
from helpdesk.services.work import Transacted, Work

LINK_DAYS = 60
"""How long after the resolution a link can be used."""
PAGE = "/rate/"
"""Where the server shows what a link leads to."""
NO_LINK = (
    "This link is not valid any more: the ticket was reopened, or it is too long ago. You can rate"
    " the solution in the help desk."
)
_TOKEN = re.compile(r"([1-9]\d{0,17})-(0|[1-9]\d{0,8})-([A-Za-z0-9_-]{43})", re.ASCII)
_KEY_BYTES = 32


class _Claim(NamedTuple):
    """What a token says of itself."""

    ticket_id: int
    round: int
    signature: str


def rating_url(work: Work, ticket: Ticket) -> str:
    """Return the address at which who asked can rate a ticket, or nothing without a server."""
    base = work.settings.server.public_url.rstrip("/")
    if not base or work.read_only:
        return ""
    return f"{base}{PAGE}{new_token(work.desk, ticket)}"


def new_token(desk: Transacted, ticket: Ticket) -> str:
    """Return what proves that its holder may rate the present solution of a ticket."""
    key = desk.facts.get(RATING_KEY)
    if key is None:
        key = secrets.token_hex(_KEY_BYTES)
        desk.facts.set(RATING_KEY, key)
    return f"{ticket.id}-{ticket.reopens}-{_signature(key, ticket.id, ticket.reopens)}"


def opened_by(desk: Transacted, token: str, now: datetime) -> Rateable:
    """Return the ticket that a token lets somebody rate.

    Raises ``NotFound``, the same for every token that does not: of all of them the same is read
    and worked out, so that neither the answer nor its time tells them apart.
    """
    claim = _claim_of(token)
    key = desk.facts.get(RATING_KEY)
    found = desk.ratings.rateable(claim.ticket_id)
    wanted = _signature(key or secrets.token_hex(_KEY_BYTES), claim.ticket_id, claim.round)
    is_ours = hmac.compare_digest(wanted, claim.signature) and key is not None
    if not is_ours or found is None or not _stands(found, claim.round, now):
        raise NotFound(NO_LINK)
    return found


def _claim_of(token: str) -> _Claim:
    match = _TOKEN.fullmatch(token)
    if match is None:
        return _Claim(0, 0, "")
    return _Claim(int(match[1]), int(match[2]), match[3])


def _stands(found: Rateable, round_: int, now: datetime) -> bool:
    """Return whether the resolution that a link is about still is the present one, and fresh."""
    ticket = found.ticket
    if ticket.status.is_open or ticket.resolved_at is None or ticket.reopens != round_:
        return False
    return found.requester_active and now <= ticket.resolved_at + timedelta(days=LINK_DAYS)


def _signature(key: str, ticket_id: int, round_: int) -> str:
    signed = hmac.digest(bytes.fromhex(key), f"rate {ticket_id} {round_}".encode(), "sha256")
    return base64.urlsafe_b64encode(signed).rstrip(b"=").decode("ascii")
