# SPDX-License-Identifier: GPL-3.0-or-later
"""A small table of a report that can be copied into a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PyQt5.QtCore import QAbstractTableModel, QEvent, QModelIndex, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QKeySequence
from PyQt5.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView, QWidget

_ROW_HEIGHT = 34
_MOST_WITHOUT_SCROLLING = 10


class Column(NamedTuple):
    """A heading, and whether numbers stand below it; the first column takes the room left."""

    title: str
    is_number: bool = False
    width: int = 90


class Line(NamedTuple):
    """The texts of a row, and what it is about."""

    texts: tuple[str, ...]
    id: int = 0


class FigureModel(QAbstractTableModel):
    """Rows of texts that were made ready before."""

    def __init__(self, columns: Sequence[Column], parent: QObject) -> None:
        """Begin without rows."""
        super().__init__(parent)
        self._columns = tuple(columns)
        self._lines: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._lines = tuple(lines)
        self.endResetModel()

    def line(self, row: int) -> Line:
        """Return a row."""
        return self._lines[row]

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's default
        """Return how many rows there are."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Return how many columns there are."""
        return len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole
    ) -> object:
        """Return the title of a column."""
        if orientation != Qt.Horizontal:
            return None
        if role == Qt.TextAlignmentRole:
            return self._alignment(section)
        return self._columns[section].title if role == Qt.DisplayRole else None

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        """Return the text of a cell."""
        if role == Qt.DisplayRole:
            return self._lines[index.row()].texts[index.column()]
        return self._alignment(index.column()) if role == Qt.TextAlignmentRole else None

    def as_text(self, rows: Sequence[int]) -> str:
        """Return rows with their headings, columns apart by tabs."""
        titles = [column.title for column in self._columns]
        cells = [[" ".join(t.split()) for t in self._lines[row].texts] for row in rows]
        return "\n".join("\t".join(line) for line in [titles, *cells])

    def _alignment(self, column: int) -> int:
        side = Qt.AlignRight if self._columns[column].is_number else Qt.AlignLeft
        return int(side | Qt.AlignVCenter)


class FigureTable(QTableView):
    """Ctrl+C copies the rows that are chosen, or all; Enter or a double click opens one."""

    opened = pyqtSignal(int)
    """The id of a row."""

    def __init__(self, name: str, columns: Sequence[Column], parent: QWidget | None = None) -> None:
        """Call the table by a name, for those who cannot see it."""
        super().__init__(parent)
        self.figures = FigureModel(columns, self)
        self.setModel(self.figures)
        self.setAccessibleName(name)
        self.setToolTip("Ctrl+C copies the table")
        self.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.setSelectionMode(QAbstractItemView.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.ElideRight)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.Interactive)
        header.setSectionResizeMode(0, QHeaderView.Stretch)
        for section, column in enumerate(columns[1:], start=1):
            header.resizeSection(section, column.width)
        self.doubleClicked.connect(self._on_opened)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show other rows."""
        self.figures.show(lines)

    def grow(self) -> None:
        """Be as high as the rows need, up to a few; the page around it scrolls."""
        rows = max(1, min(self.figures.rowCount(), _MOST_WITHOUT_SCROLLING))
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + rows * _ROW_HEIGHT + 6)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, or open the row."""
        if event.matches(QKeySequence.Copy):
            chosen = sorted({index.row() for index in self.selectionModel().selectedRows()})
            rows = chosen or list(range(self.figures.rowCount()))
            QApplication.clipboard().setText(self.figures.as_text(rows))
        elif event.key() in (Qt.Key_Return, Qt.Key_Enter) and self.currentIndex().isValid():
            self._on_opened(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Ctrl+C from a window's own shortcut."""
        if (
            event.type() == QEvent.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.Copy)
        ):
            event.accept()
        return bool(super().event(event))

    def _on_opened(self, index: QModelIndex) -> None:
        line = self.figures.line(index.row())
        if line.id:
            self.opened.emit(line.id)
