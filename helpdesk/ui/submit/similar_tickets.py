# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody has asked before that resembles what they are writing."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from helpdesk.core.schemas.tickets import Status
from helpdesk.core.schemas.triage import SimilarTicket
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.submit.card import Card
from helpdesk.ui.tickets.properties import STATUS_TONES
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.times import full_time, relative_time

SHOWN = 3


class SimilarTickets(Card):
    """Up to three of a person's own tickets; it hides while none resembles the draft."""

    wanted = pyqtSignal(int)
    """The id of a ticket to open."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin hidden."""
        super().__init__("Your similar tickets")
        self._desktop = desktop
        self._shown: tuple[SimilarTicket, ...] = ()
        self._are_own = True
        self.hide()

    def set_person(self, name: str) -> None:
        """Show the tickets of somebody else from now on, or with no name one's own again."""
        self._are_own = not name
        self.set_title(f"Similar tickets of {name}" if name else "Your similar tickets")
        self.show_tickets(())

    def show_tickets(self, tickets: Sequence[SimilarTicket]) -> None:
        """Show other tickets; the same ones stay as they are, with the focus that one has."""
        shown = tuple(tickets[:SHOWN])
        if shown == self._shown:
            return
        self._shown = shown
        self.clear_lines()
        for ticket in shown:
            self.add_line(self._row(ticket))
        self.setVisible(bool(shown))

    def _row(self, ticket: SimilarTicket) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        status, date = self._short(ticket), relative_time(ticket.created_at, self._desktop.clock())
        link = LinkButton(f"{ticket.number} {ticket.subject}")
        link.setAccessibleName(f"{ticket.number} {ticket.subject}, {status}, {date}")
        # It gives way before the words beside it, which are short already.
        link.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        link.clicked.connect(lambda: self.wanted.emit(ticket.id))
        when = QLabel(date)
        when.setProperty("role", "secondary")
        when.setToolTip(full_time(ticket.created_at))
        row.addWidget(Chip(status, STATUS_TONES[ticket.status]))
        row.addWidget(link, 1)
        row.addWidget(when)
        return line

    def _short(self, ticket: SimilarTicket) -> str:
        if ticket.status is not Status.AWAITING_CUSTOMER:
            return ticket.status.label
        return "Awaiting you" if self._are_own else "Awaiting them"
