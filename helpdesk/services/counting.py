# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts tickets in the transaction that changes them, so that figures are never behind."""

from __future__ import annotations

from helpdesk.models import Ticket
from helpdesk.services.ticket_changes import Happened
from helpdesk.services.work import Work


class Counting:
    """Keeps what tickets count as, and the sums of it, within one transaction."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    def follow(self, ticket: Ticket, happened: list[Happened]) -> None:
        """Let a ticket count as what it is now, after all that has happened to it."""

    def recount(self, ticket_ids: tuple[int, ...]) -> None:
        """Let tickets count as what they are now, whatever changed them."""
