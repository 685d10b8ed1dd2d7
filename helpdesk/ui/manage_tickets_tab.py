# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue: where technicians work tickets and managers assign them."""

from __future__ import annotations

from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.views import queue_views


class ManageTicketsTab(TicketListTab):
    """Views of the queue, and every field of a ticket as a choice."""

    def __init__(self, desktop: Desktop) -> None:
        """Offer the views of the queue."""
        super().__init__(desktop, queue_views(desktop.person.id), "manage_tickets", working=True)
