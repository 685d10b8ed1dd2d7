# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries out the rules of the desk on a ticket, within the transaction that set them off."""

from __future__ import annotations

from helpdesk.services.ticket_changes import Happened, TicketChanges
from helpdesk.services.work import Work


class RuleEngine:
    """Finds the rules that something sets off, checks their conditions, and does what they say."""

    def __init__(self, work: Work) -> None:
        """Bind to one call."""
        self._work = work

    def after(self, changes: TicketChanges) -> list[Happened]:
        """Carry out the rules for new or changed tickets, and return what they did to it."""
        return []
