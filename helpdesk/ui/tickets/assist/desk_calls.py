# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the desk's suggestions the assistant on a ticket asks for; a desk may lack them."""

from __future__ import annotations

from typing import Protocol

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.schemas.triage import SuggestionChoice, TicketSuggestion


class TriageCalls(Protocol):
    """What a desk suggests for tickets."""

    def for_ticket(self, ticket_id: int) -> TicketSuggestion:
        """Return what is suggested."""

    def choose(self, ticket_id: int, choice: SuggestionChoice) -> TicketView:
        """Take some of it over, or dismiss it."""


def triage_of(desk: HelpDesk) -> TriageCalls | None:
    """Return what suggests, if the desk can."""
    calls: TriageCalls | None = getattr(desk, "triage", None)
    return calls
