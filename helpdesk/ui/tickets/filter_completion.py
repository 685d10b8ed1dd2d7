# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be typed next in the search, offered below it: names of fields and their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PyQt5.QtCore import QPoint, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

from helpdesk.core.query_language import Name, parts_of
from helpdesk.core.query_values import EXAMPLES
from helpdesk.core.schemas.queries import Completion

_LEAST = 2
_MOST_SHOWN = 8
_WIDTH = 300


class Place(NamedTuple):
    """What is being typed, from ``start`` to before ``end``; without a name, of a field."""

    start: int
    end: int
    name: Name | None
    begun: str
    key: str = ""
    """Of which of the desk's own fields; without a name it is such a key that is begun."""


def place_in(text: str, cursor: int) -> Place | None:
    """Return what is being typed at the cursor, ``None`` where nothing can be offered."""
    part = next((each for each in parts_of(text) if each.start < cursor <= each.end), None)
    if part is None or cursor != part.end:
        return None
    if part.name is None:
        begins = part.start + part.negated
        word = text[begins:cursor]
        return Place(begins, cursor, None, word.lower()) if len(word) >= _LEAST else None
    begins = max(text.rfind(sign, part.start, cursor) for sign in ":,<>=") + 1
    begun = text[begins:cursor]
    if begun.count('"') == 2:
        return None
    return Place(begins, cursor, part.name, begun.replace('"', ""), part.key)


def names_begun(begun: str) -> tuple[Completion, ...]:
    """Return the fields whose names begin so."""
    return tuple(
        Completion(
            value=f"{name}." if name is Name.FIELD else f"{name}:",
            label=f"{name}:   {EXAMPLES[name]}",
        )
        for name in Name
        if name.startswith(begun)
    )


class CompletionList(QListWidget):
    """Floats below the search; the field keeps the focus and sends its keys here."""

    accepted = pyqtSignal(str, bool)
    """A value, and whether the part ends with it."""

    def __init__(self, field: QLineEdit) -> None:
        """Belong to the field, and to its window as soon as something is offered."""
        super().__init__()
        self._field = field
        self.setProperty("kind", "completion")
        self.setAccessibleName("What can be typed next")
        self.setFocusPolicy(Qt.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.itemClicked.connect(lambda item: self._accept(item, ends=True))
        self.hide()

    def offer(self, completions: Sequence[Completion]) -> None:
        """Show these, none of them chosen; nothing hides the list."""
        self.clear()
        for each in completions[:_MOST_SHOWN]:
            item = QListWidgetItem(each.label)
            item.setData(Qt.UserRole, each.value)
            self.addItem(item)
        if not completions or not self._field.isVisible():
            self.hide()
            return
        if self.parentWidget() is not self._field.window():
            self.setParent(self._field.window())
        row = self.sizeHintForRow(0)
        below = self._field.mapTo(self._field.window(), QPoint(0, self._field.height() + 2))
        width = min(max(_WIDTH, self.sizeHintForColumn(0) + 24), self._field.width())
        self.setGeometry(below.x(), below.y(), width, row * self.count() + 2 * self.frameWidth())
        self.show()
        self.raise_()

    def take_key(self, event: QKeyEvent) -> bool:
        """Act on a key of the field; return whether it was for the list."""
        if not self.isVisible():
            return False
        key, row = event.key(), self.currentRow()
        if key in (Qt.Key_Down, Qt.Key_Up):
            step = 1 if key == Qt.Key_Down else -1
            start = row if row >= 0 or step > 0 else 0
            self.setCurrentRow((start + step) % self.count())
        elif key == Qt.Key_Escape:
            self.hide()
        elif key == Qt.Key_Tab:
            self._accept(self.item(max(row, 0)), ends=False)
        elif key in (Qt.Key_Return, Qt.Key_Enter) and row >= 0:
            self._accept(self.item(row), ends=True)
        else:
            return False
        return True

    def _accept(self, item: QListWidgetItem | None, *, ends: bool) -> None:
        self.hide()
        if item is None:
            return
        self.accepted.emit(item.data(Qt.UserRole), ends)
