# SPDX-License-Identifier: GPL-3.0-or-later
"""The base of what stands beside a ticket, below its fields."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QWidget

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.desktop import Desktop


class TicketPanel(QWidget):
    """Shows one thing of the ticket shown, and hides itself where there is nothing to show or do.

    It hears of every state of the ticket, often of the same one again, and asks the desk itself
    for what a ``TicketView`` does not hold.
    """

    said = pyqtSignal(str)
    """A sentence for the status bar."""
    changed = pyqtSignal(object)
    """The ``TicketView`` that came of what the person did here."""
    failed = pyqtSignal(object)
    """The error of what the person did here, to be told over the ticket."""
    done = pyqtSignal(int, str)
    """A deed that can be undone, and what it was in words."""
    ticket_wanted = pyqtSignal(int)
    """Another ticket is to be shown."""

    def __init__(self, desktop: Desktop, *, working: bool) -> None:
        """Offer the work of staff only where the tab is for ``working`` tickets."""
        super().__init__()
        self.desktop = desktop
        self.working = working

    def show_ticket(self, ticket: TicketView) -> None:
        """Show another ticket, or another state of the same."""
        raise NotImplementedError
