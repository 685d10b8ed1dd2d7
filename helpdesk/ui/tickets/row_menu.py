# SPDX-License-Identifier: GPL-3.0-or-later
"""The menu of a row or card: what is done most, without opening the ticket."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QMenu

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tickets import Priority, Status, TicketRow
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.copying import link_text

if TYPE_CHECKING:
    from helpdesk.ui.tickets.ticket_list import TicketList


class RowMenu(QMenu):
    """Acts on the row, or on all marked tickets where the row is one of them."""

    def __init__(self, tickets: TicketList, row: TicketRow) -> None:
        """Offer what the person may do."""
        super().__init__(tickets)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self._tickets = tickets
        self._row = row
        self._is_many = row.id in tickets.marks and len(tickets.marks) > 1
        words = f"{len(tickets.marks):,} marked tickets" if self._is_many else row.number
        self.setAccessibleName(f"Menu of {words}")
        self.addAction("Open\tEnter", partial(tickets.open_row, row))
        if tickets.works:
            self._offer_work()
        self.addSeparator()
        self.addAction(icon("copy"), "Copy as table\tCtrl+C", partial(tickets.copy_table, row))
        self.addAction("Copy number", partial(_copy, row.number))
        self.addAction("Copy link text", partial(_copy, link_text(row)))
        if self._is_many and tickets.desktop.may(Permission.DELETE_TICKET):
            self.addSeparator()
            self.addAction(icon("delete"), f"Delete {words}\tDel", tickets.bulk.delete)

    def _offer_work(self) -> None:
        tickets, row = self._tickets, self._row
        if self._is_many:
            self.addAction(f"Assign {len(tickets.marks):,} tickets to me", tickets.bulk.take)
        elif row.status.is_open and (
            row.assignee is None or row.assignee.id != tickets.desktop.person.id
        ):
            self.addAction("Assign to me", partial(tickets.changes.take, row))
        self.addMenu(self.statuses())
        self.addMenu(self.priorities())

    def statuses(self) -> QMenu:
        """Return the menu of the statuses."""
        menu = QMenu("Status", self)
        for status in Status:
            if status is not Status.NEW and (self._is_many or status is not self._row.status):
                menu.addAction(status.label, partial(self._set_status, status))
        return menu

    def priorities(self) -> QMenu:
        """Return the menu of the priorities."""
        menu = QMenu("Priority", self)
        for priority in reversed(Priority):
            if self._is_many or priority is not self._row.priority:
                menu.addAction(priority.label, partial(self._set_priority, priority))
        return menu

    def _set_status(self, status: Status) -> None:
        if self._is_many:
            self._tickets.bulk.set_status(status)
        else:
            self._tickets.set_status(self._row, status)

    def _set_priority(self, priority: Priority) -> None:
        if self._is_many:
            self._tickets.bulk.set_priority(priority)
        else:
            self._tickets.changes.set_priority(self._row, priority)


def _copy(text: str) -> None:
    QApplication.clipboard().setText(text)
