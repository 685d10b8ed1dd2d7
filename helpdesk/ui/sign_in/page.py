# SPDX-License-Identifier: GPL-3.0-or-later
"""What all pages of the sign-in window share: a column, one message, and what Enter does.

Nothing heavy is imported here: the first page is painted before anything of the desk is.
"""

from __future__ import annotations

from collections.abc import Callable

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget


class Page(QWidget):
    """A page; `go_on` is what Enter in a field means, `back_wanted` what Escape does."""

    back_wanted = pyqtSignal()

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)
        self.message = label("error")
        self.message.hide()
        self._primary: QPushButton | None = None
        self._primary_text = ""

    def say(self, sentence: str) -> None:
        """Say what is wrong, or nothing any more."""
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))

    def show_refused(self, sentence: str) -> None:
        """Say why the desk did not take what was typed."""
        self.say(sentence)

    def show_error(self, error: Exception) -> None:
        """Say why something failed."""
        self.show_refused(str(error))

    def go_on(self) -> None:
        """Press the page's main button."""
        if self._primary is not None:
            self._primary.click()

    def focus_first(self) -> None:
        """Put the cursor where one begins."""

    def set_busy(self, busy: bool, words: str = "") -> None:
        """Take no second click while the desk is asked."""
        primary = self._primary
        if primary is None:
            return
        if busy and primary.hasFocus():
            # Switched off with the focus it would give it to what comes next, such as 'Back'.
            self.setFocus()
        primary.setDisabled(busy)
        primary.setText(words if busy and words else self._primary_text)
        if not busy and self.hasFocus():
            primary.setFocus()

    @property
    def is_busy(self) -> bool:
        """Whether the desk is asked at present."""
        return self._primary is not None and not self._primary.isEnabled()

    def add_words(self, text: str, role: str = "muted", space: int = 0) -> QLabel:
        """Add a sentence, and some room below."""
        words = label(role, text)
        self.column.addWidget(words)
        self.column.addSpacing(space)
        return words

    def add_field(self, title: str, field: QWidget, space: int = 6) -> QLabel:
        """Add a field below its name, which is returned."""
        field.setAccessibleName(title)
        name = label("field", title)
        name.setBuddy(field)
        self.column.addWidget(name)
        self.column.addWidget(field)
        self.column.addSpacing(space)
        return name

    def add_primary(self, text: str, slot: Callable[[], object]) -> QPushButton:
        """Add the message and, below it, the one button that Enter presses too."""
        self.column.addWidget(self.message)
        self.column.addSpacing(10)
        self._primary_text = text
        self._primary = self.add_button(text, slot, "primary")
        return self._primary

    def add_button(self, text: str, slot: Callable[[], object], kind: str = "") -> QPushButton:
        """Add another button."""
        button = QPushButton(text)
        if kind:
            button.setProperty("kind", kind)
        button.clicked.connect(lambda: slot())
        self.column.addWidget(button)
        return button

    def add_back(self, text: str = "Back") -> QPushButton:
        """Add the way back."""
        return self.add_button(text, self.back_wanted.emit, "quiet")


def label(role: str, text: str = "") -> QLabel:
    """Return a label of plain text in a role of the style sheet."""
    made = QLabel(text)
    made.setTextFormat(Qt.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(role in {"muted", "error", "secondary", "success"})
    return made
