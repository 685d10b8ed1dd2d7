# SPDX-License-Identifier: GPL-3.0-or-later
"""A list of things that are set up, such as policies: a name, what it is about, and its order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PyQt5.QtCore import QEvent, QModelIndex, QRect, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QDropEvent, QKeyEvent, QPainter
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from helpdesk.ui import theme
from helpdesk.ui.icons import paint_icon
from helpdesk.ui.tokens import Tone
from helpdesk.ui.widgets.chip import paint_chip
from helpdesk.ui.widgets.focus_ring import paint_focus_ring
from helpdesk.ui.widgets.plain_label import plain_tooltip
from helpdesk.ui.widgets.row_text import paint_line

_LINE, _TITLE, _EDGE = 19, 22, 12
_LEFT, _HANDLE = 16, 22
_GAP = 8


class RecordRow(NamedTuple):
    """What a row shows of a record."""

    id: int
    title: str
    lines: tuple[str, ...] = ()
    chips: tuple[tuple[str, Tone], ...] = ()
    note: str = ""
    """At the end of the first line, such as how many tickets it concerns."""

    @property
    def words(self) -> str:
        """All of it, for those who cannot see it."""
        chips = [text for text, _ in self.chips]
        return ", ".join(part for part in (self.title, *chips, *self.lines, self.note) if part)


class RecordList(QListWidget):
    """Enter or a double click opens a record; dragging, or Alt and an arrow, moves it."""

    opened = pyqtSignal(int)
    """The id of a record."""
    arranged = pyqtSignal(tuple)
    """The ids in the order that the person made."""

    def __init__(self, name: str, *, movable: bool = False) -> None:
        """Call the list by a name; ``movable`` rows have an order that matters."""
        super().__init__()
        self._movable = movable
        self.setAccessibleName(name)
        self.setProperty("framed", True)
        self.setItemDelegate(_RowDelegate(self, movable=movable))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SingleSelection)
        self.itemDoubleClicked.connect(lambda item: self.opened.emit(_row_of(item).id))
        self.set_movable(movable=movable)

    @property
    def current(self) -> RecordRow | None:
        """The row that is chosen."""
        item = self.currentItem()
        return _row_of(item) if item is not None else None

    @property
    def rows(self) -> tuple[RecordRow, ...]:
        """All rows from the top."""
        return tuple(_row_of(self.item(at)) for at in range(self.count()))

    def set_movable(self, *, movable: bool) -> None:
        """Let the rows be moved, or not any more."""
        self._movable = movable
        mode = QAbstractItemView.InternalMove if movable else QAbstractItemView.NoDragDrop
        self.setDragDropMode(mode)

    def show_rows(self, rows: Sequence[RecordRow]) -> None:
        """Show other rows; the record that was chosen stays chosen."""
        if tuple(rows) == self.rows:
            return
        before = self.current
        blocked = self.blockSignals(True)
        self.clear()
        for row in rows:
            item = QListWidgetItem()
            item.setData(Qt.UserRole, row)
            item.setData(Qt.AccessibleTextRole, row.words)
            item.setToolTip(plain_tooltip("\n".join(row.lines)))
            self.addItem(item)
        self.blockSignals(blocked)
        ids = [row.id for row in rows]
        self.setCurrentRow(ids.index(before.id) if before and before.id in ids else 0)
        # A last line would stand beside the frame.
        self.setFixedHeight(sum(_height(row) for row in rows) + 2 * self.frameWidth() - 1)

    def move_current(self, by: int) -> None:
        """Move the chosen row up or down."""
        self._move(self.currentRow(), self.currentRow() + by)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open with Enter, move with Alt and an arrow."""
        step = {Qt.Key_Up: -1, Qt.Key_Down: 1}.get(event.key(), 0)  # type: ignore[call-overload]
        if step and event.modifiers() & Qt.AltModifier:
            self.move_current(step)
        elif event.key() in (Qt.Key_Return, Qt.Key_Enter) and self.current is not None:
            self.opened.emit(self.current.id)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Alt and an arrow from the menu."""
        is_move = (
            event.type() == QEvent.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.modifiers() & Qt.AltModifier
            and event.key() in (Qt.Key_Up, Qt.Key_Down)
        )
        if is_move:
            event.accept()
            return True
        return bool(super().event(event))

    def dropEvent(self, event: QDropEvent) -> None:
        """Put the row where it was dropped; taking it out and in again is done here."""
        at = self.indexAt(event.pos())
        place = at.row() if at.isValid() else self.count() - 1
        if at.isValid() and self.dropIndicatorPosition() == QAbstractItemView.BelowItem:
            place += 1
        source = self.currentRow()
        self._move(source, place - 1 if place > source else place)
        event.setDropAction(Qt.IgnoreAction)
        event.accept()

    def _move(self, source: int, target: int) -> None:
        if not self._movable or not 0 <= target < self.count() or source in (-1, target):
            return
        blocked = self.blockSignals(True)
        item = self.takeItem(source)
        self.insertItem(target, item)
        self.setCurrentItem(item)
        self.blockSignals(blocked)
        self.currentRowChanged.emit(target)
        self.arranged.emit(tuple(row.id for row in self.rows))


class _RowDelegate(QStyledItemDelegate):
    """Paints the title, what is said below it, and a handle where rows can be moved."""

    def __init__(self, view: RecordList, *, movable: bool) -> None:
        super().__init__(view)
        self._view = view
        self._indent = _LEFT + (_HANDLE if movable else 0)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(1, _height(index.data(Qt.UserRole)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        row: RecordRow = index.data(Qt.UserRole)
        selected = bool(option.state & QStyle.State_Selected)
        self._paint_ground(painter, option, selected=selected)
        muted = "muted_on_soft" if selected else "muted"
        rect = option.rect.adjusted(self._indent, _EDGE, -_LEFT, -_EDGE)
        title = QRect(rect.left(), rect.top(), rect.width(), _TITLE)
        noted = paint_line(painter, title, row.note, "secondary", muted, at_right=True)
        room = title.adjusted(0, 0, -noted - _GAP, 0)
        used = paint_line(painter, room, row.title, "strong", "text")
        for text, tone in row.chips:
            room.setLeft(room.left() + used + _GAP)
            if room.width() > 0:
                used = paint_chip(painter, room, text, tone)
        for place, line in enumerate(row.lines):
            top = rect.top() + _TITLE + place * _LINE
            paint_line(
                painter, QRect(rect.left(), top, rect.width(), _LINE), line, "secondary", muted
            )

    def _paint_ground(
        self, painter: QPainter, option: QStyleOptionViewItem, *, selected: bool
    ) -> None:
        look, rect = theme.current(), option.rect
        if selected:
            painter.fillRect(rect, look.colour("accent_soft"))
        elif option.state & QStyle.State_MouseOver:
            painter.fillRect(rect, look.colour("hover"))
        painter.fillRect(rect.left(), rect.bottom(), rect.width(), 1, look.colour("line"))
        if self._indent > _LEFT:
            handle = QRect(rect.left() + 12, rect.center().y() - 8, 16, 16)
            paint_icon(painter, handle, "handle", "muted_on_soft" if selected else "muted")
        if selected and self._view.hasFocus():
            paint_focus_ring(painter, rect.adjusted(0, 0, 0, -1), 2)


def _row_of(item: QListWidgetItem | None) -> RecordRow:
    row = item.data(Qt.UserRole) if item is not None else None
    assert isinstance(row, RecordRow)  # noqa: S101 - what `show_rows` puts there
    return row


def _height(row: RecordRow) -> int:
    return 2 * _EDGE + _TITLE + len(row.lines) * _LINE
