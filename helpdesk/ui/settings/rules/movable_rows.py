# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of an editor that are added, taken out and moved, by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from PyQt5.QtCore import Qt, pyqtBoundSignal, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QShortcut,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.plain_label import PlainLabel


class RowContent(Protocol):
    """What a row holds; it is a widget too."""

    changed: pyqtBoundSignal

    @property
    def problem(self) -> str:
        """What is wrong with it, or nothing."""

    def focus_first(self) -> None:
        """Put the focus where work on it begins."""


class MovableRow(QFrame):
    """One row: its content, what is wrong with it, and what can be done with the row."""

    move_wanted = pyqtSignal(int)
    removal_wanted = pyqtSignal()

    def __init__(self, content: QWidget, noun: str) -> None:
        """Wrap the content; ``noun`` says what a row is, such as "condition"."""
        super().__init__()
        self.content = content
        self._noun = noun
        self.setProperty("kind", "row")
        self._error = PlainLabel(role="error")
        self._error.hide()
        self.up = self._button("up", f"Move the {noun} up", "Alt+Up", partial(self._move, -1))
        self.down = self._button(
            "down", f"Move the {noun} down", "Alt+Down", partial(self._move, 1)
        )
        self.remove = self._button("close", f"Take out the {noun}", "", self._on_remove)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in (self.up, self.down, self.remove):
            buttons.addWidget(button)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(content, 1)
        row.addLayout(buttons)
        row.setAlignment(buttons, Qt.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 6, 8)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._error)
        for keys, step in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(partial(self._move, step))

    @property
    def error(self) -> str:
        """What is said to be wrong."""
        return "" if self._error.isHidden() else str(self._error.text())

    def show_error(self, sentence: str) -> None:
        """Say below the row what is wrong with it, or nothing any more."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))

    def show_place(self, at: int, count: int, *, fixed: bool) -> None:
        """Offer only the moves that there are; a ``fixed`` row stays as it is."""
        self.up.setEnabled(at > 0)
        self.down.setEnabled(at < count - 1)
        self.setAccessibleName(f"{self._noun.capitalize()} {at + 1} of {count}")
        for button in (self.up, self.down):
            button.setVisible(count > 1 and not fixed)
        self.remove.setVisible(not fixed)

    def _button(
        self, name: str, words: str, keys: str, on_click: Callable[[], object]
    ) -> QToolButton:
        button = QToolButton()
        button.setIcon(icon(name))
        button.setAccessibleName(words)
        button.setToolTip(f"{words} ({keys})" if keys else words)
        button.setFocusPolicy(Qt.StrongFocus)
        button.clicked.connect(lambda: on_click())
        return button

    def _move(self, step: int) -> None:
        self.move_wanted.emit(step)

    def _on_remove(self) -> None:
        self.removal_wanted.emit()


class MovableRows(QWidget):
    """Rows of one kind, and a button that adds one."""

    changed = pyqtSignal()

    def __init__(
        self, noun: str, add_text: str, most: int, make: Callable[[], QWidget], add_name: str = ""
    ) -> None:
        """Begin without rows; ``make`` makes the content of a new one."""
        super().__init__()
        self.rows: list[MovableRow] = []
        self._noun, self._most, self._make = noun, most, make
        self._fixed = False
        self.add_button = QPushButton(add_text)
        self.add_button.setIcon(icon("add"))
        self.add_button.setAccessibleName(add_name or add_text)
        self.add_button.clicked.connect(lambda: self._on_add())
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._list)
        column.addWidget(self.add_button, 0, Qt.AlignLeft)

    @property
    def contents(self) -> list[QWidget]:
        """What the rows hold, from the top."""
        return [row.content for row in self.rows]

    def set_fixed(self, *, fixed: bool) -> None:
        """Let the rows only be read."""
        self._fixed = fixed
        for row in self.rows:
            row.content.setEnabled(not fixed)
        self._show_places()

    def clear(self) -> None:
        """Take all rows out without telling."""
        for row in self.rows:
            self._drop(row)
        self.rows = []
        self._show_places()

    def add(self, content: QWidget) -> MovableRow:
        """Put a row behind the others without telling."""
        row = MovableRow(content, self._noun)
        content.setEnabled(not self._fixed)
        row.move_wanted.connect(partial(self._on_move, row))
        row.removal_wanted.connect(partial(self._on_remove, row))
        content.changed.connect(partial(self._on_row_changed, row))  # type: ignore[attr-defined]
        self.rows.append(row)
        self._list.addWidget(row)
        # By itself it would come only with the next turn of the event loop, too late for the focus.
        row.show()
        self._show_places()
        return row

    def show_problems(self) -> MovableRow | None:
        """Say at each row what is wrong with it, and return the first such row."""
        for row in self.rows:
            row.show_error(row.content.problem)  # type: ignore[attr-defined]
        return next((row for row in self.rows if row.error), None)

    def _on_add(self) -> None:
        row = self.add(self._make())
        self.changed.emit()
        row.content.focus_first()  # type: ignore[attr-defined]

    def _on_move(self, row: MovableRow, step: int) -> None:
        at = self.rows.index(row)
        to = at + step
        if self._fixed or not 0 <= to < len(self.rows):
            return
        focus = row.focusWidget()
        self.rows.insert(to, self.rows.pop(at))
        self._list.removeWidget(row)
        self._list.insertWidget(to, row)
        self._show_places()
        if focus is not None:
            # A button that leads no further gives the focus to the other one.
            (focus if focus.isEnabled() else row.down if to == 0 else row.up).setFocus()
        self.changed.emit()

    def _on_remove(self, row: MovableRow) -> None:
        at = self.rows.index(row)
        self.rows.remove(row)
        self._drop(row)
        self._show_places()
        if self.rows:
            self.rows[min(at, len(self.rows) - 1)].remove.setFocus()
        else:
            self.add_button.setFocus()
        self.changed.emit()

    def _drop(self, row: MovableRow) -> None:
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _on_row_changed(self, row: MovableRow) -> None:
        if row.error:
            row.show_error(row.content.problem)  # type: ignore[attr-defined]
        self.changed.emit()

    def _show_places(self) -> None:
        for at, row in enumerate(self.rows):
            row.show_place(at, len(self.rows), fixed=self._fixed)
        self.add_button.setVisible(not self._fixed)
        self.add_button.setEnabled(len(self.rows) < self._most)
