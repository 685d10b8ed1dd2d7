# SPDX-License-Identifier: GPL-3.0-or-later
"""Marks tickets in a view by mouse and keys, beside the one that is current."""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, Qt, pyqtSignal
from PyQt5.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QMouseEvent
from PyQt5.QtWidgets import QAbstractItemView

from helpdesk.core.schemas.tickets import TicketRow
from helpdesk.ui.tickets.list_model import TicketListModel
from helpdesk.ui.tickets.marks import Marks

_PRESSES = (QEvent.MouseButtonPress, QEvent.MouseButtonDblClick)


class Choosing(QObject):
    """Ctrl and Shift with a click, a click into the box, Space, Shift with Up and Down, Ctrl+A."""

    copy_wanted = pyqtSignal()
    delete_wanted = pyqtSignal()
    menu_wanted = pyqtSignal(object, QPoint)
    """The ``TicketRow`` whose menu is asked for, and where on the screen."""

    def __init__(
        self,
        view: QAbstractItemView,
        model: TicketListModel,
        box: Callable[[QRect], QRect],
    ) -> None:
        """Watch a view; ``box`` tells where in the rectangle of a row its box is."""
        super().__init__(view)
        self._view = view
        self._model = model
        self._marks: Marks = model.marks
        self._box = box
        self._anchor: int | None = None
        self.all_rows: Callable[[], tuple[TicketRow, ...]] = lambda: model.rows
        """What Ctrl+A marks."""
        view.installEventFilter(self)
        view.viewport().installEventFilter(self)
        self._marks.changed.connect(view.viewport().update)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what marks; all else is the view's."""
        if event.type() in _PRESSES and isinstance(event, QMouseEvent):
            return watched is self._view.viewport() and self._on_pressed(event)
        if event.type() == QEvent.KeyPress and isinstance(event, QKeyEvent):
            return watched is self._view and self._on_key(event)
        if event.type() == QEvent.ContextMenu and isinstance(event, QContextMenuEvent):
            return self._on_menu(event)
        return False

    def _on_pressed(self, event: QMouseEvent) -> bool:
        index = self._view.indexAt(event.pos())
        row = self._model.row(index)
        if event.button() != Qt.LeftButton or row is None:
            return False
        first = self._view.visualRect(index.siblingAtColumn(0))
        if event.modifiers() & Qt.ShiftModifier:
            self._mark_range(index)
            return True
        if event.modifiers() & Qt.ControlModifier:
            self._begin_with_current(index)
        elif not self._box(first).adjusted(-8, -8, 6, 8).contains(event.pos()):
            self._anchor = row.id
            return False
        self._anchor = row.id
        self._marks.toggle(row)
        return True

    def _begin_with_current(self, index: QModelIndex) -> None:
        """Mark the current ticket too, as in every list: two are chosen by one more click."""
        current = self._model.row(self._view.currentIndex())
        if current is not None and not len(self._marks) and current != self._model.row(index):
            self._marks.add([current])

    def _mark_range(self, index: QModelIndex) -> None:
        anchor = self._model.index_of(self._anchor) if self._anchor is not None else QModelIndex()
        start = anchor if anchor.isValid() else self._view.currentIndex()
        begin = start.row() if start.isValid() else index.row()
        low, high = sorted((begin, index.row()))
        self._marks.add(self._model.rows[low : high + 1])

    def _on_key(self, event: QKeyEvent) -> bool:
        modifiers = int(event.modifiers()) & ~int(Qt.KeypadModifier)
        current = self._model.row(self._view.currentIndex())
        if event.matches(QKeySequence.Copy):
            self.copy_wanted.emit()
        elif event.matches(QKeySequence.SelectAll):
            self._marks.add(self.all_rows())
        elif event.key() == Qt.Key_Space and not modifiers and current is not None:
            self._anchor = current.id
            self._marks.toggle(current)
        elif event.key() in (Qt.Key_Up, Qt.Key_Down) and modifiers == int(Qt.ShiftModifier):
            self._extend(1 if event.key() == Qt.Key_Down else -1, current)
        elif event.key() == Qt.Key_Delete and not modifiers:
            self.delete_wanted.emit()
        elif event.key() == Qt.Key_Escape and (len(self._marks) or self._marks.whole):
            self._marks.clear()
        else:
            return False
        return True

    def _extend(self, by: int, current: TicketRow | None) -> None:
        at = self._view.currentIndex().row() + by
        rows = [current] if current is not None else []
        if 0 <= at < self._model.rowCount():
            self._view.setCurrentIndex(self._model.index(at, 0))
            rows.append(self._model.rows[at])
        self._marks.add(rows)

    def _on_menu(self, event: QContextMenuEvent) -> bool:
        by_key = event.reason() == QContextMenuEvent.Keyboard
        index = self._view.currentIndex() if by_key else self._view.indexAt(event.pos())
        row = self._model.row(index)
        if row is None:
            return False
        place = self._view.visualRect(index).center() if by_key else event.pos()
        self.menu_wanted.emit(row, self._view.viewport().mapToGlobal(place))
        return True
