# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people follow tickets: their own, and for staff everybody's."""

from __future__ import annotations

from helpdesk.core.permissions import Permission
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.rating_call import RatingCall
from helpdesk.ui.tickets.views import own_views, team_views


class ViewTicketsTab(TicketListTab):
    """Reading and answering, without the work of staff."""

    def __init__(self, desktop: Desktop) -> None:
        """Offer the person's own tickets first."""
        views = own_views(desktop.person.id)
        if Permission.SEE_ALL_TICKETS.value in desktop.session.permissions:
            views = (*team_views(), *views)
        super().__init__(desktop, views, "view_tickets", working=False)
        self.rating_call = RatingCall(desktop, self.show_ticket)
        self.list.put_above(self.rating_call)
        self.rating_call.look()

    def refresh(self) -> None:
        """Load the list and the ticket again, and see whether one more was solved."""
        super().refresh()
        self.rating_call.look()
