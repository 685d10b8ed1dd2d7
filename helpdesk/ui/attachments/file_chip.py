# SPDX-License-Identifier: GPL-3.0-or-later
"""One file that is being put on a ticket: its name, how far it is, and what can be done."""

from __future__ import annotations

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from helpdesk.ui.attachments.words import name_words, size_words
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import plain_tooltip

_ICON = QSize(14, 14)
_BAR_WIDTH, _BAR_HEIGHT = 56, 4


class FileChip(QFrame):
    """Delete or Backspace takes it away, Enter tries again what has failed."""

    removed = pyqtSignal()
    retried = pyqtSignal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Show a file that waits."""
        super().__init__(parent)
        self.name = name
        self.setProperty("kind", "file")
        self.setFocusPolicy(Qt.StrongFocus)
        sign = QLabel()
        sign.setPixmap(icon("attach").pixmap(_ICON))
        self.shown = _Name(name)
        self._state = QLabel()
        self._state.setProperty("role", "secondary")
        self._state.setTextFormat(Qt.PlainText)
        self._bar = QProgressBar()
        self._bar.setFixedSize(_BAR_WIDTH, _BAR_HEIGHT)
        self._bar.setTextVisible(False)
        self._bar.hide()
        self.retry_button = _button("refresh", f"Try again to send {name}")
        self.retry_button.clicked.connect(self.retried)
        self.retry_button.hide()
        self.remove_button = _button("close", f"Remove {name}")
        self.remove_button.clicked.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 4, 3)
        row.setSpacing(6)
        for widget in (
            sign,
            self.shown,
            self._bar,
            self._state,
            self.retry_button,
            self.remove_button,
        ):
            row.addWidget(widget)
        self.show_waiting()

    @property
    def said(self) -> str:
        """What stands behind the name."""
        return self._state.text()

    def show_waiting(self) -> None:
        """Say that its turn comes."""
        self._show("Waits", "neutral")

    def show_progress(self, done: int, total: int) -> None:
        """Say how much of it is there."""
        self._show(f"{100 * done // max(total, 1)} % of {size_words(total)}", "neutral", bar=True)
        self._bar.setMaximum(1000)
        self._bar.setValue(1000 * done // max(total, 1))

    def show_sent(self, size: int) -> None:
        """Say that all of it is there."""
        self._show(size_words(size), "neutral")

    def show_failed(self, sentence: str, said: str = "Not sent", *, retry: bool = True) -> None:
        """Say that it is not there, and offer to try again unless that cannot help."""
        self._show(said, "urgent", retry=retry)
        self.setToolTip(plain_tooltip(sentence))
        self.setAccessibleDescription(sentence)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take it away, or try again."""
        if event.key() in (Qt.Key_Delete, Qt.Key_Backspace):
            self.removed.emit()
        elif event.key() in (Qt.Key_Return, Qt.Key_Enter) and not self.retry_button.isHidden():
            self.retried.emit()
        else:
            super().keyPressEvent(event)

    def _show(self, said: str, tone: str, *, bar: bool = False, retry: bool = False) -> None:
        self._state.setText(said)
        self._state.setProperty("role", "error" if tone == "urgent" else "secondary")
        self._state.style().unpolish(self._state)
        self._state.style().polish(self._state)
        self._bar.setVisible(bar)
        self.retry_button.setVisible(retry)
        self.setToolTip(plain_tooltip(self.name))
        self.setAccessibleName(f"{self.name}, {said}")
        self.setAccessibleDescription("")


class _Name(ElidedLabel):
    """Asks for the room of a name that is not too long, and has one gap in it at most."""

    def __init__(self, name: str) -> None:
        self._short = name_words(name)
        super().__init__(name, cut=Qt.ElideMiddle)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        usual = self.fontMetrics().horizontalAdvance(self._short) + 2
        return QSize(min(hint.width(), usual), hint.height())


def _button(sign: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(sign))
    button.setIconSize(_ICON)
    button.setAutoRaise(True)
    button.setProperty("kind", "small")
    button.setAccessibleName(name)
    button.setToolTip(plain_tooltip(name))
    return button
