# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets as a board: a column for each status, which its cards are moved between."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PyQt5.QtCore import QPoint, QRect, Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QResizeEvent, QShowEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.tickets import Status, TicketQuery, TicketRow
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.board.column import BoardColumn
from helpdesk.ui.tickets.marks import Marks
from helpdesk.ui.tickets.row_words import Presence

ORDER = tuple(Status)


class Board(QScrollArea):
    """Columns load as they come into sight; resolved and closed tickets are closed at first."""

    chosen = pyqtSignal(object)
    """The ``TicketRow`` that is current."""
    opened = pyqtSignal()
    arrived = pyqtSignal(bool)
    """A column has come since the query was shown; whether the board has any card."""
    move_wanted = pyqtSignal(object, object)
    """A ``TicketRow`` and the ``Status`` that it shall have."""
    menu_wanted = pyqtSignal(object, QPoint)
    copy_wanted = pyqtSignal()
    delete_wanted = pyqtSignal()
    said = pyqtSignal(str)

    def __init__(self, desktop: Desktop, marks: Marks, name: str) -> None:
        """Show nothing yet; ``name`` is what the open columns are remembered under."""
        super().__init__()
        self._desktop = desktop
        self._place = desktop.own(f"{name}/board")
        self._wanted_id: int | None = None
        self._picks_first = False
        self.setProperty("kind", "board")
        self.setFrameShape(QFrame.NoFrame)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.NoFocus)
        moves = desktop.may(Permission.WORK_TICKET)
        self.columns = tuple(BoardColumn(desktop, status, marks, moves=moves) for status in ORDER)
        self._toggled = self._remembered()
        inside = QWidget()
        inside.setProperty("kind", "board")
        row = QHBoxLayout(inside)
        row.setContentsMargins(8, 8, 8, 8)
        row.setSpacing(8)
        for at, column in enumerate(self.columns):
            row.addWidget(column)
            self._follow(at, column)
        row.addStretch(0)
        self.setWidget(inside)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._load_seen)
        self.horizontalScrollBar().valueChanged.connect(self._soon.start)

    def show_query(self, query: TicketQuery, *, picks_first: bool) -> None:
        """Show another query; a status that it leaves out is closed, yet can be opened."""
        self._picks_first = picks_first
        for column in self.columns:
            is_asked = column.status in query.statuses if query.statuses else column.status.is_open
            usual = is_asked and (column.status.is_open or len(query.statuses) == 1)
            column.set_open(is_open=self._toggled.get(column.status, usual))
            column.show_query(query)
        self._soon.start()

    def reload(self) -> None:
        """Load again what is shown, keeping the current card."""
        for column in self.columns:
            column.reload()

    def select(self, ticket_id: int | None) -> None:
        """Make a ticket current as soon as its column has it."""
        self._wanted_id = ticket_id
        self._find_wanted()

    def step(self, by: int) -> None:
        """Go to the next card or the one before, and on to the column beside."""
        at = self._at()
        column = self.columns[at]
        position = column.cards.currentIndex().row() + by
        if column.is_open and 0 <= position < column.model.rowCount():
            column.cards.setCurrentIndex(column.model.index(position, 0))
        else:
            self._go_aside(at, 1 if by > 0 else -1, first=by > 0)

    @property
    def row(self) -> TicketRow | None:
        """The current ticket."""
        return next((column.row for column in self.columns if column.row), None)

    @property
    def rows(self) -> tuple[TicketRow, ...]:
        """All tickets that have come."""
        return tuple(row for column in self.columns if column.is_open for row in column.model.rows)

    def set_presence(self, presence: Mapping[int, Presence]) -> None:
        """Show who else is at which ticket."""
        for column in self.columns:
            column.model.set_presence(presence)

    def focus_cards(self) -> None:
        """Put the focus where the current card is, or the first column with one."""
        self.columns[self._at()].cards.setFocus()

    def row_place(self) -> QPoint:
        """Return where on the screen the current card is."""
        cards = self.columns[self._at()].cards
        rect: QRect = cards.visualRect(cards.currentIndex())
        return QPoint(cards.viewport().mapToGlobal(rect.center()))

    def refresh_times(self) -> None:
        """Paint anew: a minute has passed."""
        for column in self.columns:
            column.cards.viewport().update()

    def show_moved(self, row: TicketRow, status: Status) -> None:
        """Let a card stand in its new column until the desk has answered."""
        source = next((c for c in self.columns if c.model.index_of(row.id).isValid()), None)
        target = self.columns[ORDER.index(status)]
        had_focus = source is not None and source.cards.hasFocus()
        wanted = row.id if target.is_open else self._neighbour(source, row.id)
        if source is not None:
            # Else Qt would choose the neighbour, whichever is meant here.
            source.leave()
            source.model.take_out(row.id)
        self._wanted_id = wanted
        if target.is_open and target.is_loaded:
            target.put_first(row.model_copy(update={"status": status}))
        self._find_wanted()
        if had_focus:
            self.focus_cards()

    def _neighbour(self, source: BoardColumn | None, ticket_id: int) -> int | None:
        """Return the card that takes the place of one which goes out of sight."""
        if source is None:
            return None
        rows, at = source.model.rows, source.model.index_of(ticket_id).row()
        beside = rows[at + 1 : at + 2] or rows[max(0, at - 1) : at]
        return beside[0].id if beside else None

    def showEvent(self, event: QShowEvent) -> None:
        """Load what can be seen now."""
        super().showEvent(event)
        self._soon.start()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Load what has come into sight."""
        super().resizeEvent(event)
        self._soon.start()

    def _follow(self, at: int, column: BoardColumn) -> None:
        column.current.connect(partial(self._on_current, column))
        column.arrived.connect(self._on_arrived)
        column.dropped.connect(partial(self._on_dropped, column.status))
        column.toggled.connect(partial(self._on_toggled, column))
        column.cards.activated.connect(self.opened)
        column.cards.aside_wanted.connect(lambda step: self._go_aside(at, step, first=None))
        column.cards.shift_wanted.connect(self._on_shift)
        column.choosing.menu_wanted.connect(self.menu_wanted)
        column.choosing.copy_wanted.connect(self.copy_wanted)
        column.choosing.delete_wanted.connect(self.delete_wanted)
        column.choosing.all_rows = lambda: self.rows

    def _at(self) -> int:
        """Return the column with the current card, else the first open one with cards."""
        for at, column in enumerate(self.columns):
            if column.row is not None:
                return at
        filled = (at for at, c in enumerate(self.columns) if c.is_open and c.model.rowCount())
        return next(filled, next((at for at, c in enumerate(self.columns) if c.is_open), 0))

    def _go_aside(self, at: int, step: int, *, first: bool | None) -> None:
        """Go to the next column that has cards: at the same height, or to its first or last."""
        here = self.columns[at].cards.currentIndex().row()
        place = here if first is None else 0 if first else 1_000_000
        to = at + step
        while 0 <= to < len(self.columns):
            column = self.columns[to]
            column.ensure()
            if column.choose(place):
                self.ensureWidgetVisible(column, 8, 0)
                return
            to += step

    def _on_current(self, column: BoardColumn, row: TicketRow) -> None:
        self._wanted_id = row.id
        for other in self.columns:
            if other is not column:
                other.leave()
        self.chosen.emit(row)

    def _on_arrived(self) -> None:
        self._find_wanted()
        has_any = any(column.model.rowCount() for column in self.columns)
        if self._picks_first and self.row is None and has_any and self._wanted_id is None:
            at = self._at()
            self.columns[at].cards.setCurrentIndex(self.columns[at].model.index(0, 0))
        self.arrived.emit(has_any)

    def _find_wanted(self) -> None:
        if self._wanted_id is None:
            return
        for column in self.columns:
            index = column.model.index_of(self._wanted_id)
            if index.isValid():
                if column.cards.currentIndex() != index:
                    column.cards.setCurrentIndex(index)
                return

    def _on_shift(self, row: TicketRow, step: int) -> None:
        status = status_beside(row.status, step)
        if status is None:
            self.said.emit("A ticket is new only until somebody has worked on it.")
        else:
            self.move_wanted.emit(row, status)

    def _on_dropped(self, status: Status, ticket_id: int) -> None:
        row = next((row for row in self.rows if row.id == ticket_id), None)
        if row is not None and row.status is not status:
            self.move_wanted.emit(row, status)

    def _on_toggled(self, column: BoardColumn) -> None:
        self._toggled[column.status] = column.is_open
        kept = [f"{status.value}={int(is_open)}" for status, is_open in self._toggled.items()]
        self._desktop.state.setValue(self._place, ",".join(kept))

    def _remembered(self) -> dict[Status, bool]:
        kept = str(self._desktop.state.value(self._place, "") or "")
        pairs = (part.split("=") for part in kept.split(",") if part.count("=") == 1)
        known = {status.value: status for status in Status}
        return {known[key]: value == "1" for key, value in pairs if key in known}

    def _load_seen(self) -> None:
        seen = QRect(self.horizontalScrollBar().value(), 0, self.viewport().width(), 1)
        for column in self.columns:
            rect = column.geometry()
            if seen.left() <= rect.right() and rect.left() <= seen.right():
                column.ensure()


def status_beside(status: Status, step: int) -> Status | None:
    """Return where a card goes by a step: nothing becomes new, and what is done is reopened."""
    if step < 0 and not status.is_open:
        return Status.OPEN
    to = ORDER.index(status) + step
    return ORDER[to] if 0 < to < len(ORDER) else (None if step < 0 else status)
