# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleted tickets, for as long as they can be brought back."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.base import Request, Result
from helpdesk.core.schemas.users import PageSize, PersonRef
from helpdesk.core.text import SearchText

KEPT_DAYS = 30
"""How long a deleted ticket, and a deed, can be had back."""


class TrashQuery(Request):
    """Which deleted tickets to list, the one deleted last first; ``text`` is part of a subject,
    or a number."""

    text: SearchText = ""
    limit: PageSize = 50
    cursor: str | None = None


class TrashedTicketView(Result):
    """A deleted ticket."""

    id: int
    number: str
    subject: str
    requester: PersonRef
    deleted_by: PersonRef | None
    deleted_at: datetime
    gone_at: datetime
    """When it is deleted for good."""


class TrashPage(Result):
    """Some deleted tickets, and where the next ones begin."""

    items: tuple[TrashedTicketView, ...]
    next_cursor: str | None
