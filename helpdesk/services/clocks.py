# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the clocks of a ticket: begins, pauses and stops them as the ticket changes."""

from __future__ import annotations

from datetime import datetime

from helpdesk.models import Ticket
from helpdesk.services.targets import DueTimes, due_times
from helpdesk.services.ticket_changes import TicketChanges
from helpdesk.services.work import Work


class Clocks:
    """The clocks of tickets, within one transaction."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    def follow(self, changes: TicketChanges) -> None:
        """Let the clocks of a ticket follow from what happened to it."""
        ticket, happened = changes.ticket, changes.happened
        if happened.is_new:
            due = self._due(ticket, happened.at)
            ticket.first_response_due, ticket.resolution_due = due
        if "priority" in happened.fields:
            self._retarget(ticket)
        if happened.reopened:
            self._begin_anew(ticket, happened.at)

    def _retarget(self, ticket: Ticket) -> None:
        begun = self._work.desk.tickets.reopened_at(ticket) or ticket.created_at
        answered = ticket.first_responded_at is not None
        ticket.resolution_due = self._due(ticket, begun).resolution
        awaited_since = ticket.created_at if answered else begun
        ticket.first_response_due = self._due(ticket, awaited_since).first_response

    def _begin_anew(self, ticket: Ticket, at: datetime) -> None:
        """Give a reopened ticket its whole time again."""
        due = self._due(ticket, at)
        ticket.resolution_due = due.resolution
        if ticket.first_responded_at is None:
            ticket.first_response_due = due.first_response

    def _due(self, ticket: Ticket, since: datetime) -> DueTimes:
        return due_times(self._work.settings.targets, ticket.priority, since)
