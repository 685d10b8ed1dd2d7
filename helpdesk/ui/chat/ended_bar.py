# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands below a conversation that has ended, in place of the field for a question."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout

from helpdesk.ui.waiting_words import number_of
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel


class EndedBar(QFrame):
    """Says which ticket a conversation became, and leads there."""

    ticket_wanted = pyqtSignal(int)

    def __init__(self) -> None:
        """Begin hidden."""
        super().__init__()
        self.setProperty("kind", "card")
        self._ticket_id = 0
        self._sentence = PlainLabel()
        self.link = LinkButton("")
        self.link.clicked.connect(lambda: self.ticket_wanted.emit(self._ticket_id))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 10)
        row.addWidget(self._sentence, 1)
        row.addWidget(self.link)
        self.hide()

    def show_ticket(self, ticket_id: int | None) -> None:
        """Show the ticket, or nothing while the conversation goes on."""
        self.setVisible(ticket_id is not None)
        if ticket_id is not None:
            self._ticket_id = ticket_id
            number = number_of(ticket_id)
            self._sentence.setText(f"{number} was made of this conversation; it goes on there.")
            self.link.setText(f"Open {number}")
