# SPDX-License-Identifier: GPL-3.0-or-later
"""What people did to tickets, as it can be undone."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.base import Result
from helpdesk.core.schemas.ticket_work import DeedKind
from helpdesk.core.schemas.users import PersonRef

MOST_AT_ONCE = 200
"""How many tickets one call changes or puts back at most, so that others get their turn."""


class Refusal(Result):
    """A ticket that was left as it is, and why."""

    ticket_id: int
    sentence: str


class DeedRef(Result):
    """A deed that can be undone."""

    id: int
    label: str


class DeedView(Result):
    """One thing that somebody did, to one ticket or to many."""

    id: int
    kind: DeedKind
    label: str
    """What was done, in words, such as 'Priority of HD-12 to High'."""
    at: datetime
    by: PersonRef
    """Oneself; for admins also who changed many tickets at once."""
    tickets: int
    ticket_id: int | None
    """The ticket that it was done to; ``None`` where there were several."""
    undone_at: datetime | None
    """When an undo of it had tried the last ticket; ``None`` while it stands."""
    left: int
    """On how many tickets something of it stands, which can be tried again once it is undone."""


class UndoResult(Result):
    """What one step of an undo, or of a redo, did; the next call goes on where it ended."""

    deed_id: int
    label: str
    undone: int
    """How many tickets were put back by this call, as a whole or in part."""
    left: int
    """How many tickets are still to be tried; those in ``refused`` can be tried again later."""
    refused: tuple[Refusal, ...]
    """What somebody has changed since is left as it is now."""
    more: bool
