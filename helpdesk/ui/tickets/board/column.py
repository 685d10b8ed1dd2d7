# SPDX-License-Identifier: GPL-3.0-or-later
"""One column of the board: the tickets of a status, how many they are, and what is wrong."""

from __future__ import annotations

from PyQt5.QtCore import QModelIndex, QPoint, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.tickets import Status, TicketCount, TicketQuery, TicketRow
from helpdesk.ui import theme
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.board.card_delegate import CardDelegate
from helpdesk.ui.tickets.board.card_list import CardList, accept_ticket, dropped_ticket
from helpdesk.ui.tickets.choosing import Choosing
from helpdesk.ui.tickets.list_model import TicketListModel
from helpdesk.ui.tickets.marks import Marks
from helpdesk.ui.tickets.row_words import short_status
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.state_view import StateView

WIDTH, STRIP = 230, 44
_NUMBER = 48


class BoardColumn(QFrame):
    """Loads when it is first seen; closed, it is a strip that still takes cards."""

    current = pyqtSignal(object)
    """The ``TicketRow`` that is current here now."""
    arrived = pyqtSignal()
    dropped = pyqtSignal(int)
    toggled = pyqtSignal()
    """It was opened or closed by the person."""

    def __init__(self, desktop: Desktop, status: Status, marks: Marks, *, moves: bool) -> None:
        """Show nothing yet; `show_query` tells what."""
        super().__init__()
        self._desktop = desktop
        self.status = status
        self._query: TicketQuery | None = None
        self._is_asked = False
        self._count: TicketCount | None = None
        self.is_open = True
        self.setProperty("kind", "board-column")
        self.setAcceptDrops(moves)
        self.model = TicketListModel(desktop, self, marks)
        self.model.arrived.connect(self._on_arrived)
        self.model.failed.connect(self._on_failed)
        self.model.more_failed.connect(desktop.background.unheard)
        self.cards = CardList(self.model, f"{status.label} tickets", moves=moves)
        delegate = CardDelegate(desktop.clock, desktop.person.id, self.cards, with_boxes=moves)
        self.cards.setItemDelegate(delegate)
        self.cards.dropped.connect(self.dropped)
        self.cards.selectionModel().currentChanged.connect(self._on_current)
        self.choosing = Choosing(self.cards, self.model, delegate.box)
        self._build()

    @property
    def is_loaded(self) -> bool:
        """Whether its cards were asked for."""
        return self._is_asked

    @property
    def row(self) -> TicketRow | None:
        """The current ticket, if it is in this column."""
        return self.model.row(self.cards.currentIndex())

    def show_query(self, query: TicketQuery) -> None:
        """Show of a query what has this status, as soon as `ensure` is called."""
        self._query = query.model_copy(update={"statuses": (self.status,), "cursor": None})
        self._is_asked = False
        self._count = None
        self._show_count()
        if not self.model.rowCount():
            self._states.show_loading()
        self._ask_count()

    def ensure(self) -> None:
        """Load the cards, if that was not done yet: somebody can see the column now."""
        if self._query is not None and not self._is_asked and self.is_open:
            self._is_asked = True
            self.model.show_query(self._query)

    def reload(self) -> None:
        """Load again what is shown."""
        if self._query is None:
            return
        if self._is_asked:
            self.model.reload()
        self._ask_count()

    def set_open(self, *, is_open: bool) -> None:
        """Show the cards, or only a strip with the name."""
        self.is_open = is_open
        self._body.setVisible(is_open)
        self._strip.setVisible(not is_open)
        self.setMinimumWidth(WIDTH if is_open else STRIP)
        self.setMaximumWidth(2 * WIDTH if is_open else STRIP)
        policy = QSizePolicy(
            QSizePolicy.Ignored if is_open else QSizePolicy.Fixed, QSizePolicy.Expanding
        )
        # All open ones are as wide as each other, whatever they are called.
        policy.setHorizontalStretch(1 if is_open else 0)
        self.setSizePolicy(policy)
        self._show_count()

    def choose(self, position: int) -> bool:
        """Make a card the current one and give it the focus; return whether there is any."""
        rows = self.model.rowCount()
        if rows and self.is_open:
            self.cards.setCurrentIndex(self.model.index(min(max(position, 0), rows - 1), 0))
            self.cards.setFocus()
        return bool(rows and self.is_open)

    def put_first(self, row: TicketRow) -> None:
        """Show a card that was just moved here, until it is known where it belongs."""
        self.model.put_first(row)
        self._states.show_content()

    def leave(self) -> None:
        """Have no current card: another column has."""
        self.cards.setCurrentIndex(QModelIndex())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take tickets, even as a strip."""
        accept_ticket(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Take tickets anywhere."""
        accept_ticket(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which ticket was dropped."""
        ticket_id = dropped_ticket(event)
        if ticket_id is not None:
            event.acceptProposedAction()
            self.dropped.emit(ticket_id)

    def _build(self) -> None:
        self._title = ElidedLabel(short_status(self.status))
        self._title.setAccessibleName(self.status.label)
        self._title.setProperty("role", "strong")
        self._number = ElidedLabel(role="secondary")
        self._number.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        self._number.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
        self._number.setFixedWidth(_NUMBER)
        close = QToolButton()
        close.setIcon(icon("left"))
        close.setAccessibleName(f"Close the column {self.status.label}")
        close.setToolTip("Close this column")
        close.clicked.connect(self._on_toggled)
        head = QHBoxLayout()
        head.setContentsMargins(14, 8, 6, 6)
        head.addWidget(self._title, 1)
        head.addWidget(self._number)
        head.addWidget(close)
        self._states = StateView()
        self._states.set_content(self.cards)
        self._body = QWidget()
        column = QVBoxLayout(self._body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._states, 1)
        self._strip = _Strip(self.status)
        self._strip.clicked.connect(self._on_toggled)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._body)
        outer.addWidget(self._strip)
        self.set_open(is_open=True)

    def _ask_count(self) -> None:
        if self._query is None:
            return
        job = self._desktop.background.latest(self, self._desktop.desk.tickets.count, self._query)
        job.then(self._on_counted).failed(lambda _error: None)

    def _on_counted(self, found: TicketCount) -> None:
        self._count = found
        self._show_count()

    def _show_count(self) -> None:
        found = self._count
        number = f"{found.count:,}{'' if found.exact else '+'}" if found else ""
        self._number.setText(number)
        self._strip.show_count(number)
        tickets = "ticket" if number == "1" else "tickets"
        self.cards.setAccessibleName(f"{self.status.label}, {number or 'some'} {tickets}")

    def _on_arrived(self, has_rows: bool) -> None:
        if has_rows:
            self._states.show_content()
        else:
            self._states.show_empty(
                "Nothing here", f"No ticket is {self.status.label} in this view."
            )
        self.arrived.emit()

    def _on_failed(self, error: Exception) -> None:
        if self.model.rowCount():
            # What is shown is of use still.
            self._desktop.background.unheard.emit(error)
        else:
            self._states.show_failed(sentence_of(error), self._on_retry)

    def _on_retry(self) -> None:
        self._is_asked = False
        self._states.show_loading()
        self.ensure()
        self._ask_count()

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        row = self.model.row(index)
        if row is not None:
            self.current.emit(row)

    def _on_toggled(self) -> None:
        self.set_open(is_open=not self.is_open)
        self.ensure()
        self.toggled.emit()
        if self.is_open:
            self.cards.setFocus()
        else:
            self._strip.setFocus()


class _Strip(QToolButton):
    """A closed column: its name from below upwards, and how many tickets there are."""

    def __init__(self, status: Status) -> None:
        super().__init__()
        self._name = short_status(status)
        self._number = ""
        self.setProperty("kind", "strip")
        self.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Expanding)
        self.setToolTip(f"Open the column {status.label}")
        self.show_count("")

    def show_count(self, number: str) -> None:
        self._number = number
        self.setAccessibleName(f"Open the column {self._name}, {number or 'some'} tickets")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(STRIP, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        look = theme.current()
        with QPainter(self) as painter:
            painter.translate(QPoint(self.width() // 2 + 5, 16))
            painter.rotate(90)
            painter.setFont(look.font("strong"))
            painter.setPen(look.colour("text"))
            painter.drawText(0, 8, f"{self._name}   {self._number}")
