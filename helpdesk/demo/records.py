# SPDX-License-Identifier: GPL-3.0-or-later
"""What a demo ticket consists of; tuples, because a desk may be filled with a million of them."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from helpdesk.core.schemas.tickets import DEFAULT_CATEGORIES, Priority, Status

CATEGORIES = DEFAULT_CATEGORIES


class DemoComment(NamedTuple):
    """One comment; ``author`` is an index into the people."""

    author: int
    body: str
    internal: bool
    created_at: datetime


class DemoChange(NamedTuple):
    """One entry of the history; ``actor`` is an index into the people.

    ``field`` is "status", "priority", "assignee", "category" or "reopened". An assignee is told
    as the decimal index into the people, a status or priority by its value. "reopened" moves the
    status as well, from ``old`` to ``new``, and empties ``resolved_at`` and ``closed_at``.
    """

    actor: int
    at: datetime
    field: str
    old: str | None
    new: str | None


class DemoTicket(NamedTuple):
    """One ticket as it stands now; the changes lead from its submission to these fields."""

    subject: str
    description: str
    category: str
    priority: Priority
    status: Status
    requester: int
    assignee: int | None
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    source: str
    comments: tuple[DemoComment, ...]
    changes: tuple[DemoChange, ...]
