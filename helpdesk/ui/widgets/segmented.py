# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of joined buttons of which one is chosen, such as Reply | Internal note."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QPushButton, QWidget


class Segmented(QWidget):
    """An exclusive choice; the arrow keys move it."""

    chosen = pyqtSignal(str)
    """The person chose another key."""

    def __init__(self, choices: Sequence[tuple[str, str]] = (), parent: QWidget | None = None):
        """Offer (key, label) pairs; the first is chosen."""
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._group.buttonClicked.connect(self._on_clicked)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._key = ""
        self.set_choices(choices)

    @property
    def key(self) -> str:
        """The key chosen."""
        return self._key

    def set_choices(self, choices: Sequence[tuple[str, str]]) -> None:
        """Offer other choices; the first is chosen."""
        for button in self._group.buttons():
            self._group.removeButton(button)
            button.deleteLater()
        for position, (key, label) in enumerate(choices):
            self._add(key, label, _place(position, len(choices)))
        self.set_key(choices[0][0] if choices else "")

    def set_key(self, key: str) -> None:
        """Choose without telling."""
        self._key = key
        for button in self._group.buttons():
            if button.property("key") == key:
                button.setChecked(True)
        for button in self._group.buttons():
            button.setFocusPolicy(Qt.StrongFocus if button.isChecked() else Qt.ClickFocus)

    def button(self, key: str) -> QPushButton:
        """Return a choice's button, to disable it or to give it an icon or a tooltip."""
        return next(b for b in self.findChildren(QPushButton) if b.property("key") == key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice with the arrow keys; buttons pass on what they do not need."""
        steps: dict[int, int] = {
            Qt.Key_Left: -1,
            Qt.Key_Up: -1,
            Qt.Key_Right: 1,
            Qt.Key_Down: 1,
        }
        step = steps.get(event.key(), 0)
        if not step:
            super().keyPressEvent(event)
            return
        self._move(-step if self.layoutDirection() == Qt.RightToLeft else step)

    def _add(self, key: str, label: str, place: str) -> None:
        button = _Segment(label.replace("&", "&&"), self)
        button.setCheckable(True)
        button.setProperty("key", key)
        # Rounded corners have a side, which the style sheet does not mirror.
        mirrored = {"first": "last", "last": "first"} if self.isRightToLeft() else {}
        button.setProperty("segment", mirrored.get(place, place))
        self._group.addButton(button)
        self._row.addWidget(button)

    def _move(self, step: int) -> None:
        buttons = [button for button in self._group.buttons() if button.isEnabled()]
        at = next((i for i, button in enumerate(buttons) if button.isChecked()), 0)
        target = buttons[(at + step) % len(buttons)]
        target.setFocus(Qt.TabFocusReason)
        target.click()

    def _on_clicked(self, button: QAbstractButton) -> None:
        key = button.property("key")
        if key != self._key:
            self.set_key(key)
            self.chosen.emit(key)


class _Segment(QPushButton):
    """A button that leaves the arrow keys to the row."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key_Left, Qt.Key_Right, Qt.Key_Up, Qt.Key_Down):
            event.ignore()
        else:
            super().keyPressEvent(event)


def _place(position: int, count: int) -> str:
    if count == 1:
        return "only"
    return {0: "first", count - 1: "last"}.get(position, "middle")
