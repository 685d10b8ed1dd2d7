# SPDX-License-Identifier: GPL-3.0-or-later
"""Five faces of which one is chosen by one click, or by a digit."""

from __future__ import annotations

from functools import partial
from typing import Final

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from helpdesk.core.schemas.ratings import SCORE_LABELS
from helpdesk.ui.icons import icon

_FACES: Final = {1: "face_1", 2: "face_2", 3: "face_3", 4: "face_4", 5: "face_5"}
_ICON, _WIDTH = 26, 62
_STEPS: Final[dict[int, int]] = {Qt.Key_Left: -1, Qt.Key_Right: 1}


class ScoreRow(QWidget):
    """The arrow keys go from face to face; only a click, Enter, Space or a digit chooses."""

    chosen = pyqtSignal(int)

    def __init__(self) -> None:
        """Begin with none chosen."""
        super().__init__()
        self.setAccessibleName("Your rating")
        self.buttons = {score: self._button(score) for score in SCORE_LABELS}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for button in self.buttons.values():
            row.addWidget(button)
        self.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)

    def show_score(self, score: int | None) -> None:
        """Show which is chosen, without telling."""
        for each, button in self.buttons.items():
            button.setChecked(each == score)
            button.setIcon(icon(_FACES[each], "ink_accent" if each == score else "muted"))

    def focus_score(self, score: int | None) -> None:
        """Put the keyboard on a face, the middle one where none is chosen."""
        self.buttons[score or 3].setFocus(Qt.TabFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to another face, or choose the one with a number."""
        typed, step = event.text(), _STEPS.get(event.key(), 0)
        if typed.isascii() and typed.isdigit() and int(typed) in self.buttons:
            self.buttons[int(typed)].click()
        elif step:
            self._move(-step if self.isRightToLeft() else step)
        else:
            super().keyPressEvent(event)

    def _button(self, score: int) -> QToolButton:
        button = _Face()
        button.setProperty("kind", "face")
        button.setCheckable(True)
        button.setText(SCORE_LABELS[score])
        button.setAccessibleName(f"{score} of 5: {SCORE_LABELS[score]}")
        button.setToolTip(f"{score} of 5")
        button.setToolButtonStyle(Qt.ToolButtonTextUnderIcon)
        button.setIcon(icon(_FACES[score]))
        button.setIconSize(QSize(_ICON, _ICON))
        button.setMinimumWidth(_WIDTH)
        button.setFocusPolicy(Qt.StrongFocus)
        button.clicked.connect(partial(self._on_clicked, score))
        return button

    def _on_clicked(self, score: int, _checked: bool = False) -> None:
        self.show_score(score)
        self.chosen.emit(score)

    def _move(self, step: int) -> None:
        faces = list(self.buttons.values())
        at = next((i for i, face in enumerate(faces) if face.hasFocus()), None)
        if at is not None:
            faces[(at + step) % len(faces)].setFocus(Qt.TabFocusReason)


class _Face(QToolButton):
    """A button that leaves arrows and digits to the row, and Enter means it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key_Return, Qt.Key_Enter):
            self.click()
        elif event.key() == Qt.Key_Space:
            super().keyPressEvent(event)
        else:
            event.ignore()
