# SPDX-License-Identifier: GPL-3.0-or-later
"""A table of numbers, of which each opens the tickets behind it."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QMouseEvent
from PyQt5.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView

from helpdesk.core.schemas.figures import Card, CardFigures
from helpdesk.ui import theme
from helpdesk.ui.dashboard.numbers import Cell, Numbers, Opening, numbers_of
from helpdesk.ui.widgets.plain_label import plain_tooltip

_ROW = 33
_LEAST_NAME = 70
_LEAVING = (Qt.Key_Left, Qt.Key_Right, Qt.Key_Up, Qt.Key_Down)


class NumbersModel(QAbstractTableModel):
    """The numbers of a card, as a view of Qt's takes them."""

    def __init__(self, parent: QObject) -> None:
        """Begin empty."""
        super().__init__(parent)
        self.numbers = Numbers((), ())

    def show_numbers(self, numbers: Numbers) -> None:
        """Show other numbers; where only they changed, the rows stay and so does the focus."""
        before, self.numbers = self.numbers, numbers
        same_shape = (before.columns, len(before.rows)) == (numbers.columns, len(numbers.rows))
        if not same_shape:
            self.beginResetModel()
            self.endResetModel()
        elif before != numbers and numbers.rows:
            last = self.index(len(numbers.rows) - 1, len(numbers.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def cell(self, index: QModelIndex) -> Cell:
        """Return what stands at an index."""
        return self.numbers.rows[index.row()][index.column()]

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self.numbers.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many columns there are."""
        return 0 if parent.isValid() else len(self.numbers.columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole
    ) -> object:
        """Return the name of a column."""
        if orientation != Qt.Horizontal:
            return None
        if role == Qt.DisplayRole:
            return self.numbers.columns[section]
        return self._side(section) if role == Qt.TextAlignmentRole else None

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return the words of a cell, and how they stand."""
        cell, is_first = self.cell(index), index.column() == 0
        told: dict[int, Callable[[], object]] = {
            Qt.DisplayRole: lambda: cell.text,
            Qt.ToolTipRole: lambda: plain_tooltip(_told(cell)),
            Qt.TextAlignmentRole: lambda: self._side(index.column()),
            Qt.FontRole: lambda: theme.current().font("medium" if is_first else "body"),
            Qt.ForegroundRole: lambda: (
                # Said so, it is as legible while the cards are arranged, and the table disabled.
                theme.current().colour(f"ink_{cell.tone}" if cell.tone else "text")
            ),
            Qt.AccessibleTextRole: lambda: self._said(index),
        }
        return told[role]() if role in told else None

    def _side(self, column: int) -> int:
        is_words = column == 0 or column in self.numbers.texts
        return int((Qt.AlignLeft if is_words else Qt.AlignRight) | Qt.AlignVCenter)

    def _said(self, index: QModelIndex) -> str:
        row = self.numbers.rows[index.row()]
        return f"{row[0].text}, {self.numbers.columns[index.column()]}: {self.cell(index).text}"


class NumbersView(QTableView):
    """Rows of numbers; Enter or a click opens the tickets, Ctrl+C copies all of them."""

    opened = pyqtSignal(object)
    """An ``Opening``: the tickets behind a number are wanted."""
    ticket_wanted = pyqtSignal(int)
    left = pyqtSignal(int)
    """An arrow key was pressed at the edge of the table."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.numbers_model = NumbersModel(self)
        self.setModel(self.numbers_model)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SingleSelection)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionsClickable(False)
        self.horizontalHeader().setMinimumSectionSize(_LEAST_NAME)
        self.setMouseTracking(True)
        self.viewport().installEventFilter(self)
        theme.current().changed.connect(self.viewport().update)

    def show_figures(self, card: Card, figures: CardFigures) -> None:
        """Show all numbers of a card."""
        self.show_numbers(numbers_of(card, figures))

    def show_numbers(self, numbers: Numbers) -> None:
        """Show other numbers."""
        had = self.numbers_model.numbers.columns
        self.numbers_model.show_numbers(numbers)
        if had != numbers.columns and numbers.columns:
            header = self.horizontalHeader()
            header.setSectionResizeMode(QHeaderView.ResizeToContents)
            header.setSectionResizeMode(0, QHeaderView.Stretch)

    def copy(self) -> None:
        """Put all numbers on the clipboard, as a spreadsheet takes them."""
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self.numbers_model.numbers.as_text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Enter, and leave the table over its edges."""
        here = self.currentIndex()
        if event.key() in (Qt.Key_Return, Qt.Key_Enter, Qt.Key_Space):
            self._open(here)
            return
        if event.key() == Qt.Key_T:
            event.ignore()
            return
        super().keyPressEvent(event)
        if event.key() in _LEAVING and self.currentIndex() == here:
            self.left.emit(event.key())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open what is clicked, and show beforehand what would open."""
        if isinstance(event, QMouseEvent) and watched is self.viewport():
            index = self.indexAt(event.pos())
            opens = index.isValid() and self._opens(self.numbers_model.cell(index))
            self.viewport().setCursor(Qt.PointingHandCursor if opens else Qt.ArrowCursor)
            if event.type() == QEvent.MouseButtonRelease and event.button() == Qt.LeftButton:
                self._open(index)
        return super().eventFilter(watched, event)

    def _opens(self, cell: Cell) -> bool:
        return cell.opening is not None or cell.ticket_id is not None

    def _open(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        cell = self.numbers_model.cell(index)
        opening: Opening | None = cell.opening
        if opening is not None:
            self.opened.emit(opening)
        elif cell.ticket_id is not None:
            self.ticket_wanted.emit(cell.ticket_id)


def _told(cell: Cell) -> str:
    hint = cell.opening.hint if cell.opening is not None else ""
    return f"{cell.text}; {hint}" if hint else cell.text
