# SPDX-License-Identifier: GPL-3.0-or-later
"""Deleted tickets: out of everything that is kept of tickets, and back for 30 days."""

from __future__ import annotations

from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.deeds import DeedRef
from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.trash import TrashPage, TrashQuery
from helpdesk.services.work import Transacted, Work


class Trash:
    """The deleted tickets."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/trash", permission=Permission.DELETE_TICKET)
    def search(self, query: TrashQuery) -> TrashPage:
        """List deleted tickets, one page at a time."""
        raise NotImplementedError

    @operation("POST", "/tickets/{ticket_id}/delete", permission=Permission.DELETE_TICKET)
    def delete(self, ticket_id: int, version: int) -> DeedRef:
        """Put a ticket into the trash."""
        raise NotImplementedError

    @operation("POST", "/trash/{ticket_id}/restore", permission=Permission.DELETE_TICKET)
    def restore(self, ticket_id: int) -> TicketRef:
        """Bring a deleted ticket back with all that was on it."""
        raise NotImplementedError

    @operation("DELETE", "/trash/{ticket_id}", permission=Permission.DELETE_TICKET)
    def purge(self, ticket_id: int) -> None:
        """Delete a ticket in the trash for good, which only admins may."""
        raise NotImplementedError


def attachments_in_trash(desk: Transacted) -> frozenset[int]:
    """Return the ids of the attachments of tickets in the trash, which no sweep may take."""
    raise NotImplementedError
