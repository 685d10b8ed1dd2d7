# SPDX-License-Identifier: GPL-3.0-or-later
"""The days on which only this desk does not work: a table of dates and names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from PyQt5.QtCore import QAbstractItemModel, QDate, QModelIndex, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QDateEdit,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.sla import MOST_DAYS, OwnHoliday
from helpdesk.core.text import NAME_LIMIT
from helpdesk.ui.widgets.times import weekday_name

_FORMAT = "yyyy-MM-dd"
_ROW_HEIGHT = 34
_DAY_WIDTH, _WEEKDAY_WIDTH = 150, 110
_MOST_WITHOUT_SCROLLING = 6
_DAY, _NAME, _WEEKDAY = 0, 1, 2


class HolidaysTable(QWidget):
    """F2 or a double click changes a cell, Delete removes the chosen rows."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        """Begin without days."""
        super().__init__()
        self.table = _Table()
        self.table.itemChanged.connect(self._on_item_changed)
        self.table.removal_wanted.connect(self.remove_chosen)
        self.table.itemSelectionChanged.connect(self._show_buttons)
        self.add_button = QPushButton("Add holiday")
        self.add_button.clicked.connect(lambda: self._on_add())
        self.remove_button = QPushButton("Remove")
        self.remove_button.setAccessibleName("Remove the chosen holidays")
        self.remove_button.clicked.connect(lambda: self.remove_chosen())
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.add_button)
        row.addWidget(self.remove_button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.table)
        column.addWidget(self._buttons)
        self._fit()

    def lock(self) -> None:
        """Let the days be read."""
        self.table.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.table.removal_wanted.disconnect()
        self._buttons.hide()

    def days(self) -> list[list[str]]:
        """Return the days and names, in the order of the days."""
        return sorted([self._text(row, _DAY), self._text(row, _NAME)] for row in self._rows())

    def put(self, days: Sequence[Sequence[str]]) -> None:
        """Show days without telling."""
        if self.days() == sorted(list(each) for each in days):
            return
        blocked = self.table.blockSignals(True)
        self.table.setRowCount(0)
        for day, name in days:
            self._add(day, name)
        self.table.blockSignals(blocked)
        self._fit()

    def holidays(self) -> tuple[OwnHoliday, ...]:
        """Return what the table says."""
        return tuple(OwnHoliday(day=day, name=name) for day, name in self.days())

    def first_unnamed(self) -> str:
        """Return the first day that has no name, or nothing."""
        return next((day for day, name in self.days() if not name), "")

    def edit_name(self, day: str) -> None:
        """Let the name of a day be typed."""
        row = next((row for row in self._rows() if self._text(row, _DAY) == day), None)
        if row is not None:
            self.table.setCurrentCell(row, _NAME)
            self.table.setFocus()
            self.table.editItem(self.table.item(row, _NAME))

    def add_day(self, day: date, name: str) -> None:
        """Add a day."""
        blocked = self.table.blockSignals(True)
        self._add(day.isoformat(), name)
        self.table.blockSignals(blocked)
        self._fit()
        self.changed.emit()

    def remove_chosen(self) -> None:
        """Remove the rows that are chosen."""
        rows = sorted({index.row() for index in self.table.selectedIndexes()}, reverse=True)
        if not rows or not self.isEnabled():
            return
        for row in rows:
            self.table.removeRow(row)
        self._fit()
        if self.table.rowCount():
            self.table.selectRow(min(rows[-1], self.table.rowCount() - 1))
        else:
            self.add_button.setFocus()
        self.changed.emit()

    def _add(self, day: str, name: str) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        weekday = QTableWidgetItem(weekday_name(date.fromisoformat(day)))
        weekday.setFlags(Qt.ItemIsSelectable | Qt.ItemIsEnabled)
        self.table.setItem(row, _DAY, QTableWidgetItem(day))
        self.table.setItem(row, _NAME, QTableWidgetItem(name))
        self.table.setItem(row, _WEEKDAY, weekday)

    def _text(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        return str(item.text()).strip() if item is not None else ""

    def _rows(self) -> range:
        return range(self.table.rowCount())

    def _fit(self) -> None:
        rows = min(self.table.rowCount(), _MOST_WITHOUT_SCROLLING)
        self.table.setVisible(rows > 0)
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(head + rows * _ROW_HEIGHT + 4)
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.remove_button.setEnabled(bool(self.table.selectedIndexes()))
        self.remove_button.setVisible(self.table.rowCount() > 0)
        self.add_button.setEnabled(self.table.rowCount() < MOST_DAYS)

    def _on_add(self) -> None:
        known = [date.fromisoformat(day) for day, _ in self.days()]
        # Holidays are added one after the other: the next one lies near the last.
        day = max(known) + timedelta(days=1) if known else date.today()  # noqa: DTZ011 - a proposal
        self.add_day(day, "")
        row = self.table.rowCount() - 1
        self.table.setCurrentCell(row, _DAY)
        self.table.setFocus()
        self.table.editItem(self.table.item(row, _DAY))

    def _on_item_changed(self, item: QTableWidgetItem) -> None:
        if item.column() == _DAY:
            weekday = self.table.item(item.row(), _WEEKDAY)
            if weekday is not None:
                blocked = self.table.blockSignals(True)
                weekday.setText(weekday_name(date.fromisoformat(item.text())))
                self.table.blockSignals(blocked)
        self.changed.emit()


class _Table(QTableWidget):
    """Three columns; the last says which day of the week it is."""

    removal_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__(0, 3)
        self.setAccessibleName("Own holidays")
        self.setProperty("framed", True)
        self.setHorizontalHeaderLabels(["Day", "Name", "Weekday"])
        self.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setItemDelegateForColumn(_DAY, _DayDelegate(self))
        self.setItemDelegateForColumn(_NAME, _NameDelegate(self))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignLeft | Qt.AlignVCenter)
        header.resizeSection(_DAY, _DAY_WIDTH)
        header.resizeSection(_WEEKDAY, _WEEKDAY_WIDTH)
        header.setSectionResizeMode(_NAME, QHeaderView.Stretch)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key_Delete, Qt.Key_Backspace):
            self.removal_wanted.emit()
        else:
            super().keyPressEvent(event)


class _DayDelegate(QStyledItemDelegate):
    """Changes a day with a date field, so that it always is one."""

    def createEditor(
        self, parent: QWidget, _option: QStyleOptionViewItem, _index: QModelIndex
    ) -> QWidget:
        field = QDateEdit(parent)
        field.setDisplayFormat(_FORMAT)
        field.setCalendarPopup(True)
        field.setAccessibleName("Day of the holiday")
        return field

    def setEditorData(self, editor: QWidget, index: QModelIndex) -> None:
        if isinstance(editor, QDateEdit):
            editor.setDate(QDate.fromString(index.data(Qt.EditRole), _FORMAT))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: QModelIndex) -> None:
        if isinstance(editor, QDateEdit):
            model.setData(index, editor.date().toString(_FORMAT), Qt.EditRole)


class _NameDelegate(QStyledItemDelegate):
    """Changes a name, and keeps it as short as the desk takes it."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: QModelIndex) -> None:
        text = str(editor.property("text"))
        model.setData(index, text[:NAME_LIMIT], Qt.EditRole)
