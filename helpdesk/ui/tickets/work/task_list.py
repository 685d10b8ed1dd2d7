# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of tasks itself: ticked with Space, renamed with F2, moved with Alt+Up and Alt+Down."""

from __future__ import annotations

from PyQt5.QtCore import QEvent, QRect, QSize, Qt, pyqtSignal
from PyQt5.QtGui import QDropEvent, QFont, QKeyEvent, QResizeEvent
from PyQt5.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QSizePolicy,
    QWidget,
)

from helpdesk.core.schemas.tasks import TaskView
from helpdesk.ui.widgets.plain_label import plain_tooltip

_OWN_KEYS = (Qt.Key_Delete, Qt.Key_F2, Qt.Key_Space)
_BESIDE, _PADDING, _WRAPPING, _HIGHEST = 60, 12, 12, 10_000
"""The room of the box, around the text of a task, and more where it wraps."""
_FLAGS = Qt.ItemIsSelectable | Qt.ItemIsEnabled
_CHANGING = Qt.ItemIsUserCheckable | Qt.ItemIsEditable | Qt.ItemIsDragEnabled


class TaskList(QListWidget):
    """As high as its tasks; it says what somebody wants, and shows what the desk has."""

    ticked = pyqtSignal(int, bool)
    renamed = pyqtSignal(int, str)
    moved = pyqtSignal(int, int)
    """A task, and its new place, which begins with 1."""
    removed = pyqtSignal(int)

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.tasks: tuple[TaskView, ...] = ()
        self._may_change = False
        self.setAccessibleName("Tasks")
        self.setObjectName("tasks")
        self.setFrameShape(QFrame.NoFrame)
        self.setWordWrap(True)
        self.setResizeMode(QListWidget.Adjust)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditKeyPressed | QAbstractItemView.DoubleClicked)
        self.setDragDropMode(QAbstractItemView.InternalMove)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self.itemChanged.connect(self._on_changed)
        self.currentRowChanged.connect(lambda _row: self._reveal())

    def show_tasks(self, tasks: tuple[TaskView, ...], *, may_change: bool) -> None:
        """Show the tasks of a ticket; the current one stays so."""
        current = self._current_id()
        self.tasks, self._may_change = tasks, may_change
        self.blockSignals(True)
        self.clear()
        for task in tasks:
            item = QListWidgetItem(task.text)
            item.setFlags(_FLAGS | _CHANGING if may_change else _FLAGS)
            item.setCheckState(Qt.Checked if task.is_done else Qt.Unchecked)
            by = f"Done by {task.done_by.full_name}" if task.done_by else ""
            item.setToolTip(plain_tooltip(by) if by else "")
            font = QFont(self.font())
            font.setStrikeOut(task.is_done)
            item.setFont(font)
            self.addItem(item)
            if task.id == current:
                self.setCurrentItem(item)
        self.blockSignals(False)
        self._fit()
        self._reveal()

    def focus(self) -> None:
        """Take the focus, at the first task that is open."""
        if self.currentRow() < 0 and self.tasks:
            rows = (at for at, each in enumerate(self.tasks) if not each.is_done)
            self.setCurrentRow(next(rows, 0))
        self.setFocus(Qt.ShortcutFocusReason)
        self._reveal()

    def event(self, event: QEvent) -> bool:
        """Take keys that otherwise are for the ticket, while a task has the focus."""
        if (
            event.type() == QEvent.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (event.key() in _OWN_KEYS or _steps(event))
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move a task with Alt, remove it with Del, tick it with Space."""
        task = self._current()
        if task is None or not self._may_change:
            super().keyPressEvent(event)
        elif step := _steps(event):
            self.moved.emit(task.id, self.currentRow() + 1 + step)
        elif event.key() == Qt.Key_Delete:
            self.removed.emit(task.id)
        elif event.key() == Qt.Key_Space:
            self.ticked.emit(task.id, not task.is_done)
        else:
            super().keyPressEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Say where a task was dropped; the desk's answer moves it."""
        source, target = self.currentRow(), self.indexAt(event.pos()).row()
        target = self.count() if target < 0 else target
        target += self.dropIndicatorPosition() == QAbstractItemView.BelowItem
        target -= target > source
        task = self._current()
        event.setDropAction(Qt.IgnoreAction)
        event.accept()
        if task is not None and event.source() is self and target != source:
            self.moved.emit(task.id, target + 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Become higher where long tasks wrap."""
        super().resizeEvent(event)
        self._fit()
        self._reveal()

    def sizeHint(self) -> QSize:
        """Return the room of all tasks."""
        height = sum(item.sizeHint().height() for item in self._items())
        return QSize(super().sizeHint().width(), height + 2 * self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        """Never scroll inside: what is around does."""
        return QSize(0, self.sizeHint().height())

    def _fit(self) -> None:
        """Give each task the room of its lines: Qt counts a box and its padding too narrow."""
        space = QRect(0, 0, max(1, self.viewport().width() - _BESIDE), _HIGHEST)
        self.blockSignals(True)
        for item in self._items():
            text = self.fontMetrics().boundingRect(space, Qt.TextWordWrap, item.text()).height()
            wraps = text > 1.5 * self.fontMetrics().height()
            item.setSizeHint(QSize(0, text + _PADDING + (_WRAPPING if wraps else 0)))
        self.blockSignals(False)
        self.setFixedHeight(self.sizeHint().height())

    def _reveal(self) -> None:
        """Scroll what is around to the current task, while the keys are for it."""
        item = self.currentItem()
        around: QWidget | None = self.parentWidget()
        while around is not None and not isinstance(around, QScrollArea):
            around = around.parentWidget()
        if item is None or around is None or not self.hasFocus():
            return
        row = self.visualItemRect(item)
        middle = self.viewport().mapTo(around.widget(), row.center())
        around.ensureVisible(0, middle.y(), 0, row.height() // 2 + _PADDING)

    def _items(self) -> list[QListWidgetItem]:
        found = (self.item(at) for at in range(self.count()))
        return [item for item in found if item is not None]

    def _current(self) -> TaskView | None:
        row = self.currentRow()
        return self.tasks[row] if 0 <= row < len(self.tasks) else None

    def _current_id(self) -> int | None:
        current = self._current()
        return None if current is None else current.id

    def _on_changed(self, item: QListWidgetItem) -> None:
        task, text = self.tasks[self.row(item)], " ".join(item.text().split())
        done = item.checkState() == Qt.Checked
        if done is not task.is_done:
            self.ticked.emit(task.id, done)
        elif text != task.text:
            self.renamed.emit(task.id, text)


def _steps(event: QKeyEvent) -> int:
    """Return how far a key moves a task: Alt+Up and Alt+Down."""
    if int(event.modifiers()) & ~int(Qt.KeypadModifier) != int(Qt.AltModifier):
        return 0
    return (event.key() == Qt.Key_Down) - (event.key() == Qt.Key_Up)
