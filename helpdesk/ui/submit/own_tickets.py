# SPDX-License-Identifier: GPL-3.0-or-later
"""The tickets that somebody waits for already, sent or not, beside the form for a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from helpdesk.core.schemas.tickets import NewTicket, Status, TicketRow
from helpdesk.core.text import single_line
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.submit.card import Card
from helpdesk.ui.tickets.properties import STATUS_TONES
from helpdesk.ui.waiting_words import NOT_SENT, WAITING, dto_of
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.times import relative_time

if TYPE_CHECKING:
    from helpdesk.client.outbox import PendingAction


class OwnTickets(Card):
    """Lists them with what was not sent yet above the others; it hides while there are none."""

    wanted = pyqtSignal(int)
    """The id of a ticket to open."""

    def __init__(self, desktop: Desktop) -> None:
        """Show what was not sent; the others come with `show_tickets`."""
        super().__init__("Your open tickets")
        self._desktop = desktop
        self._tickets: tuple[TicketRow, ...] = ()
        self._are_own = True
        self._name = ""
        desktop.link.changed.connect(self._show)
        self._show()

    def set_person(self, name: str) -> None:
        """Show the tickets of somebody else from now on, or with no name one's own again."""
        self._are_own = not name
        self.set_title(f"Open tickets of {name}" if name else "Your open tickets")
        # Those of whom it was for before must not stay below another name, even for a moment.
        if name != self._name:
            self._name = name
            self.show_tickets(())

    def show_tickets(self, tickets: Sequence[TicketRow]) -> None:
        """Show these tickets below what was not sent."""
        self._tickets = tuple(tickets)
        self._show()

    def _show(self) -> None:
        self.clear_lines()
        unsent = [a for a in self._desktop.link.actions if isinstance(dto_of(a), NewTicket)]
        for action in unsent:
            self.add_line(self._unsent_row(action))
        for ticket in self._tickets:
            self.add_line(self._row(ticket))
        self.setVisible(bool(unsent or self._tickets))

    def _unsent_row(self, action: PendingAction) -> QWidget:
        """Return the line of a ticket that the server has not seen, so that it has no number."""
        new, refused = dto_of(action), action.sentence is not None
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        link = QPushButton("New")
        link.setProperty("kind", "link")
        link.setAccessibleName("Show what was not sent yet")
        link.clicked.connect(self._desktop.link.outbox_wanted)
        row.addWidget(link)
        row.addWidget(ElidedLabel(new.subject or single_line(new.description)), 1)
        row.addWidget(Chip(NOT_SENT if refused else WAITING, "urgent" if refused else "warning"))
        return line

    def _row(self, ticket: TicketRow) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        link = QPushButton(ticket.number)
        link.setProperty("kind", "link")
        link.clicked.connect(lambda: self.wanted.emit(ticket.id))
        row.addWidget(link)
        row.addWidget(ElidedLabel(ticket.subject), 1)
        row.addWidget(Chip(self._short(ticket), STATUS_TONES[ticket.status]))
        when = QLabel(relative_time(ticket.updated_at, self._desktop.clock()))
        when.setProperty("role", "secondary")
        row.addWidget(when)
        return line

    def _short(self, ticket: TicketRow) -> str:
        if ticket.status is not Status.AWAITING_CUSTOMER:
            return ticket.status.label
        return "Awaiting you" if self._are_own else "Awaiting them"
