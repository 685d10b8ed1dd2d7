# SPDX-License-Identifier: GPL-3.0-or-later
"""The same change of many tickets, as one deed."""

from __future__ import annotations

from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.bulk import BulkChange, BulkResult, TicketIds
from helpdesk.core.schemas.deeds import DeedRef
from helpdesk.core.schemas.tickets import TicketQuery
from helpdesk.services.work import Work


class Bulk:
    """Changes of many tickets."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("GET", "/bulk/ids", permission=Permission.WORK_TICKET)
    def ids(self, query: TicketQuery) -> TicketIds:
        """List the numbers of the tickets that match, at most 1000 a call, whatever its limit."""
        raise NotImplementedError

    @operation("POST", "/bulk", permission=Permission.WORK_TICKET, creates=True)
    def begin(self, label: str) -> DeedRef:
        """Begin a deed that changes many tickets, in steps of at most 200; ``label`` names it."""
        raise NotImplementedError

    @operation("POST", "/bulk/{deed_id}", permission=Permission.WORK_TICKET)
    def change(self, deed_id: int, change: BulkChange) -> BulkResult:
        """Change some tickets as part of a deed, each with its own result."""
        raise NotImplementedError
