# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands below an automatic answer: what it came from, and whether it solved the problem."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.tickets.assist.citation_row import CitationRow, citations_in
from helpdesk.ui.widgets.flow_layout import FlowLayout

AUTHOR = "Help Desk"
AUTOMATIC = "Automatic answer"
TOLD = "automatic answer"
"""The field of the history's entry that says how one turned out."""


class AutomaticFoot(QWidget):
    """Links to the articles for everybody; the requester also says how it turned out."""

    helped = pyqtSignal()
    did_not_help = pyqtSignal()
    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)

    def __init__(self) -> None:
        """Begin without links."""
        super().__init__()
        self._citations = CitationRow("From")
        self._citations.article_wanted.connect(self.article_wanted)
        self._citations.ticket_wanted.connect(self.ticket_wanted)
        self.helped_button = QPushButton("That solved it")
        self.helped_button.setToolTip("Your ticket is closed")
        self.helped_button.clicked.connect(lambda: self.helped.emit())
        self.other_button = QPushButton("This did not help")
        self.other_button.setToolTip("The support team looks at your ticket")
        self.other_button.clicked.connect(lambda: self.did_not_help.emit())
        self._asks = QWidget()
        row = FlowLayout(8)
        self._asks.setLayout(row)
        row.addWidget(self.helped_button)
        row.addWidget(self.other_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._citations)
        column.addWidget(self._asks)

    def show_answer(self, text: str, *, asks: bool) -> None:
        """Show what another answer came from, and ask how it turned out."""
        self._citations.show_citations(citations_in(text))
        self._asks.setVisible(asks)
        self.setVisible(asks or not self._citations.isHidden())

    def set_busy(self, *, busy: bool) -> None:
        """Let nobody answer twice."""
        self._asks.setDisabled(busy)


def is_asked(ticket: TicketView, person_id: int) -> bool:
    """Whether somebody is to say if the automatic answer on a ticket helped, and has not yet."""
    is_answered = any(event.field == TOLD for event in ticket.events)
    return ticket.requester.id == person_id and ticket.status.is_open and not is_answered
