# SPDX-License-Identifier: GPL-3.0-or-later
"""The earlier conversations of a person, the latest first."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPoint,
    QRect,
    QSize,
    Qt,
    pyqtSignal,
)
from PyQt5.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QPainter
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QAction,
    QFrame,
    QLabel,
    QListView,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.assistant import ConversationRow
from helpdesk.ui import theme
from helpdesk.ui.icons import icon
from helpdesk.ui.waiting_words import number_of
from helpdesk.ui.widgets.chip import chip_width, paint_chip
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.plain_label import plain_tooltip
from helpdesk.ui.widgets.row_text import paint_line
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import full_time, relative_time

_ROW_HEIGHT = 54
_LINES = 38
_SIDE = 14


class ConversationList(QFrame):
    """Titles with their time; one begins anew above them."""

    chosen = pyqtSignal(int)
    new_wanted = pyqtSignal()
    delete_wanted = pyqtSignal(object)
    """The ``ConversationRow`` to delete, after a question."""
    retry_wanted = pyqtSignal()

    def __init__(self, clock: Clock) -> None:
        """Begin without any; `show_rows` comes when they are read."""
        super().__init__()
        self.setProperty("kind", "side")
        self._current_id: int | None = None
        self._build(clock)
        self.states.show_loading()

    def show_rows(self, rows: Sequence[ConversationRow]) -> None:
        """Show others; what is open stays marked."""
        self._model.set_rows(rows)
        if rows:
            self.states.show_content()
        else:
            self.states.show_empty("No conversations yet", "What you ask is kept here.")
        self.mark(self._current_id)

    def show_failed(self, sentence: str) -> None:
        """Say why they could not be read, unless some are shown already."""
        if not self._model.rowCount():
            self.states.show_failed(sentence, self.retry_wanted.emit)

    def mark(self, conversation_id: int | None) -> None:
        """Mark the conversation that is open; none is where a new one begins."""
        self._current_id = conversation_id
        index = self._model.index_of(conversation_id)
        selection = self.rows.selectionModel()
        blocked = selection.blockSignals(True)
        if index.isValid():
            selection.setCurrentIndex(index, QItemSelectionModel.ClearAndSelect)
        else:
            selection.clear()
        selection.blockSignals(blocked)
        self.rows.viewport().update()

    def step(self, by: int) -> None:
        """Choose the next or the previous conversation."""
        row = self.rows.currentIndex().row() + by
        if 0 <= row < self._model.rowCount():
            self.rows.setCurrentIndex(self._model.index(row))

    def _build(self, clock: Clock) -> None:
        title = QLabel("Conversations")
        title.setProperty("role", "heading")
        self.new_button = QPushButton("New conversation")
        self.new_button.setIcon(icon("add"))
        self.new_button.clicked.connect(lambda: self.new_wanted.emit())
        self._model = _Model(clock, self)
        self.rows = _Rows()
        self.rows.setAccessibleName("Conversations")
        self.rows.setModel(self._model)
        self.rows.setItemDelegate(_Delegate(clock, self.rows))
        self.rows.setContextMenuPolicy(Qt.CustomContextMenu)
        self.rows.customContextMenuRequested.connect(self._show_menu)
        self.rows.selectionModel().currentChanged.connect(self._on_current)
        self.rows.clicked.connect(self._on_opened)
        self.rows.activated.connect(self._on_opened)
        self.rows.delete_pressed.connect(lambda: self._delete(self.rows.currentIndex()))
        self.states = StateView(self.rows)
        head = QVBoxLayout()
        head.setContentsMargins(12, 14, 12, 12)
        head.setSpacing(10)
        head.addWidget(title)
        head.addWidget(self.new_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.states, 1)

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        if not self.rows.enters:
            self._on_opened(index)

    def _on_opened(self, index: QModelIndex) -> None:
        row = self._model.row(index)
        if row is not None and row.id != self._current_id:
            self._current_id = row.id
            self.chosen.emit(row.id)

    def _show_menu(self, place: QPoint) -> None:
        index = self.rows.indexAt(place)
        if index.isValid():
            menu = QMenu(self)
            menu.setAttribute(Qt.WA_DeleteOnClose)
            delete = QAction(icon("delete"), "Delete…", menu)
            delete.setShortcut(QKeySequence(Qt.Key_Delete))
            delete.triggered.connect(lambda: self._delete(index))
            menu.addAction(delete)
            menu.popup(self.rows.viewport().mapToGlobal(place))

    def _delete(self, index: QModelIndex) -> None:
        row = self._model.row(index)
        if row is not None:
            self.delete_wanted.emit(row)


class _Rows(QListView):
    """A list that opens nothing merely because the keyboard has come to it."""

    delete_pressed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.enters = False
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setMouseTracking(True)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.enters = True
        super().focusInEvent(event)
        self.enters = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key_Delete:
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)


class _Model(QAbstractListModel):
    """The conversations as rows."""

    def __init__(self, clock: Clock, parent: QObject) -> None:
        super().__init__(parent)
        self._clock = clock
        self._rows: tuple[ConversationRow, ...] = ()

    def set_rows(self, rows: Sequence[ConversationRow]) -> None:
        if tuple(rows) != self._rows:
            self.beginResetModel()
            self._rows = tuple(rows)
            self.endResetModel()

    def row(self, index: QModelIndex) -> ConversationRow | None:
        return self._rows[index.row()] if index.isValid() else None

    def index_of(self, conversation_id: int | None) -> QModelIndex:
        for position, row in enumerate(self._rows):
            if row.id == conversation_id:
                return self.index(position)
        return QModelIndex()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.UserRole:
            return row
        if role in (Qt.AccessibleTextRole, Qt.DisplayRole):
            ticket = [f"became {number_of(row.ticket_id)}"] if row.ticket_id else []
            return ", ".join([row.title, relative_time(row.updated_at, self._clock()), *ticket])
        if role == Qt.ToolTipRole:
            return plain_tooltip(f"{row.title}\n{full_time(row.updated_at)}")
        return None


class _Delegate(QStyledItemDelegate):
    """The title above, the time and the ticket it became below."""

    def __init__(self, clock: Clock, view: QListView) -> None:
        super().__init__(view)
        self._clock = clock
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(1, theme.current().row(_ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row: ConversationRow = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        self._paint_ground(painter, option, selected=selected)
        above = (option.rect.height() - _LINES) // 2
        rect = option.rect.adjusted(_SIDE, above, -_SIDE, -above)
        upper = QRect(rect.left(), rect.top(), rect.width(), 19)
        lower = QRect(rect.left(), rect.top() + 20, rect.width(), 18)
        paint_line(painter, upper, row.title, "strong", "text")
        if row.ticket_id is not None:
            number = number_of(row.ticket_id)
            width = chip_width(number)
            place = QRect(rect.right() + 1 - width, lower.top(), width, lower.height())
            paint_chip(painter, _mirrored(option, place), number, "success")
            lower.setRight(place.left() - 8)
        muted = "muted_on_soft" if selected else "muted"
        when = relative_time(row.updated_at, self._clock())
        paint_line(painter, _mirrored(option, lower), when, "secondary", muted)

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, selected: bool
    ) -> None:
        look, rect = theme.current(), option.rect
        if selected:
            painter.fillRect(rect, look.colour("accent_soft"))
            edge = QRect(rect.left(), rect.top(), 3, rect.height())
            painter.fillRect(_mirrored(option, edge), look.colour("accent"))
        elif option.state & QStyle.State_MouseOver:
            painter.fillRect(rect, look.colour("hover"))
        if option.state & QStyle.State_HasFocus and self._view.hasFocus():
            paint_focus_ring(painter, _mirrored(option, rect.adjusted(3, 0, 0, 0)), 0)


def _mirrored(option: QStyleOptionViewItem, rect: QRect) -> QRect:
    """Return where a place of a row is in the direction of reading."""
    return QStyle.visualRect(option.direction, option.rect, rect)
