# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of the desk's operations the assistant on a ticket uses; a desk may lack them."""

from __future__ import annotations

from typing import Protocol

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.assistant import AskPreview, AssistantStatus, SendingPreview
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.schemas.triage import SuggestionChoice, TicketSuggestion


class TriageCalls(Protocol):
    """What a desk suggests for tickets."""

    def for_ticket(self, ticket_id: int) -> TicketSuggestion:
        """Return what is suggested."""

    def choose(self, ticket_id: int, choice: SuggestionChoice) -> TicketView:
        """Take some of it over, or dismiss it."""


class AssistantCalls(Protocol):
    """What a desk does for the assistant beside answering."""

    def status(self) -> AssistantStatus:
        """Return whether there is a model."""

    def preview(self, preview: AskPreview) -> SendingPreview:
        """Return what would be sent."""

    def helped(self, ticket_id: int) -> TicketView:
        """Say that the automatic answer solved it."""

    def did_not_help(self, ticket_id: int) -> TicketView:
        """Say that people have to look at it."""


def triage_of(desk: HelpDesk) -> TriageCalls | None:
    """Return what suggests, if the desk can."""
    calls: TriageCalls | None = getattr(desk, "triage", None)
    return calls


def assistant_of(desk: HelpDesk) -> AssistantCalls | None:
    """Return what stands behind the assistant, if the desk has it."""
    calls: AssistantCalls | None = getattr(desk, "assistant", None)
    return calls
