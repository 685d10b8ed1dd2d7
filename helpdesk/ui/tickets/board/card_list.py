# SPDX-License-Identifier: GPL-3.0-or-later
"""The cards of one column of the board, which can be dragged and dropped, or moved by keys."""

from __future__ import annotations

from PyQt5.QtCore import QByteArray, QMimeData, Qt, pyqtSignal
from PyQt5.QtGui import QDrag, QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeyEvent
from PyQt5.QtWidgets import QAbstractItemView, QListView

from helpdesk.core.schemas.tickets import TicketRow
from helpdesk.ui.tickets.list_model import TicketListModel

TICKET_FORMAT = "application/x-helpdesk-ticket"


class CardList(QListView):
    """Up and Down go through the cards; Left, Right and Shift are the board's."""

    aside_wanted = pyqtSignal(int)
    """To the column before (-1) or behind (1)."""
    shift_wanted = pyqtSignal(object, int)
    """A ``TicketRow`` shall go to the status before (-1) or behind (1)."""
    dropped = pyqtSignal(int)
    """The id of a ticket that was dropped here."""

    def __init__(self, model: TicketListModel, name: str, *, moves: bool) -> None:
        """Show a model; cards can be moved where somebody may work tickets."""
        super().__init__()
        self._tickets = model
        self._moves = moves
        self.setProperty("kind", "cards")
        self.setAccessibleName(name)
        self.setModel(model)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setDragEnabled(moves)
        self.setAcceptDrops(moves)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the card beside, or move this one there."""
        step = {Qt.Key_Left: -1, Qt.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if not step:
            super().keyPressEvent(event)
            return
        step = -step if self.isRightToLeft() else step
        row = self._tickets.row(self.currentIndex())
        if event.modifiers() & Qt.ShiftModifier:
            if row is not None and self._moves:
                self.shift_wanted.emit(row, step)
        else:
            self.aside_wanted.emit(step)

    def startDrag(self, _actions: Qt.DropActions | Qt.DropAction) -> None:
        """Carry the ticket by its id; text fields elsewhere get its number."""
        row: TicketRow | None = self._tickets.row(self.currentIndex())
        if row is None:
            return
        drag = QDrag(self)
        carried = QMimeData()
        carried.setData(TICKET_FORMAT, QByteArray(str(row.id).encode()))
        carried.setText(row.number)
        drag.setMimeData(carried)
        drag.exec_(Qt.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take tickets."""
        accept_ticket(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take tickets anywhere."""
        accept_ticket(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which ticket it was."""
        ticket_id = dropped_ticket(event)
        if ticket_id is not None:
            event.acceptProposedAction()
            self.dropped.emit(ticket_id)


def accept_ticket(event: QDragMoveEvent) -> None:
    """Take what is dragged if it is a ticket."""
    if event.mimeData().hasFormat(TICKET_FORMAT):
        event.acceptProposedAction()
    else:
        event.ignore()


def dropped_ticket(event: QDropEvent) -> int | None:
    """Return the id of the ticket that was dropped; anything may come from another program."""
    carried = bytes(event.mimeData().data(TICKET_FORMAT))[:20]
    return int(carried) if carried.isdigit() else None
