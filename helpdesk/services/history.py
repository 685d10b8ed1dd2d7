# SPDX-License-Identifier: GPL-3.0-or-later
"""What the desk's own history suggests for a ticket."""

from __future__ import annotations

from datetime import datetime

from helpdesk.core.schemas.triage import TicketSuggestion
from helpdesk.models import Ticket
from helpdesk.services.work import Transacted


class History:
    """The solved tickets of a desk."""

    def __init__(self, desk: Transacted, now: datetime) -> None:
        """Bind to a transaction."""
        self._desk = desk
        self._now = now

    def suggestion(self, ticket: Ticket) -> TicketSuggestion:
        """Return what is suggested for a ticket."""
        return TicketSuggestion(
            ticket_id=ticket.id, version=ticket.version, silent_because="Nothing is learnt yet."
        )
