# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags: words of the desk's own that tickets are marked with, made by their first use."""

from __future__ import annotations

from helpdesk.core.operation import operation
from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.links import TagCount, TagsChange
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.services.ticket_views import expected, touched
from helpdesk.services.work import Work


class Tags:
    """The tags of tickets."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    @operation("PUT", "/tickets/{ticket_id}/tags", permission=Permission.WORK_TICKET)
    def set(self, ticket_id: int, change: TagsChange) -> TicketView:
        """Give a ticket these tags and no others; a tag is the same whatever its case."""
        changes = expected(self._work, ticket_id, change.version)
        changes.set_tags(change.tags)
        return touched(self._work, changes)

    @operation("GET", "/tags", permission=Permission.WORK_TICKET)
    def beginning_with(self, prefix: str) -> tuple[TagCount, ...]:
        """List some tags that begin so, in their order, with how many tickets have them."""
        return self._work.desk.tags.beginning_with(prefix)
