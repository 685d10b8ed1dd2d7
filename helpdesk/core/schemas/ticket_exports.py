# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets as records of a file in JSON, with or without what was said on them."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.base import Priority, Request, Result
from helpdesk.core.schemas.tickets import Status, TicketQuery


class RecordsQuery(Request):
    """Tickets to write out; ``cursor`` is where the last page ended."""

    query: TicketQuery = TicketQuery()
    comments: bool = False
    """Whether what was said comes with them, internal notes too."""
    cursor: str | None = None


class ExportedPerson(Result):
    """Somebody whom a record names."""

    name: str
    email: str | None
    staff: bool


class ExportedComment(Result):
    """What somebody wrote, or the program by itself, which is nobody."""

    author: ExportedPerson | None
    internal: bool
    at: datetime
    body: str
    automatic: bool = False


class ExportedTicket(Result):
    """A ticket as a record; ``ref`` is its number here."""

    ref: str
    subject: str
    description: str
    status: Status
    priority: Priority
    category: str | None
    team: str | None
    requester: ExportedPerson
    assignee: ExportedPerson | None
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    fields: dict[str, str]
    """What the desk's own fields say, by their names; people by theirs."""
    comments: tuple[ExportedComment, ...] = ()


class RecordsPage(Result):
    """Some records, how many there are in all as far as that is known, and where it goes on."""

    records: tuple[ExportedTicket, ...]
    total: int | None
    next_cursor: str | None
