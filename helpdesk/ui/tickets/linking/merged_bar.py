# SPDX-License-Identifier: GPL-3.0-or-later
"""Says over a merged ticket where it goes on, with a link to there."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.widgets.link_button import LinkButton


class MergedBar(QFrame):
    """Hidden for a ticket that is not merged."""

    ticket_wanted = pyqtSignal(int)

    def __init__(self) -> None:
        """Begin hidden."""
        super().__init__()
        self._ticket_id = 0
        self.setProperty("kind", "merged")
        words = QLabel("Merged into")
        self.link = LinkButton("")
        self.link.clicked.connect(lambda: self.ticket_wanted.emit(self._ticket_id))
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(4)
        row.addWidget(words)
        row.addWidget(self.link)
        row.addStretch(1)
        self.hide()

    def show_ticket(self, ticket: TicketView) -> None:
        """Show where a ticket goes on, if it does elsewhere."""
        into = ticket.merged_into
        if into is not None:
            self._ticket_id = into.id
            self.link.setText(f"{into.number} {into.subject}".rstrip())
            # It has no subject for who may not read it, and leads nowhere for them.
            self.link.setEnabled(bool(into.subject))
        self.setVisible(into is not None)
