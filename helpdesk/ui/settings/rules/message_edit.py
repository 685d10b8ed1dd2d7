# SPDX-License-Identifier: GPL-3.0-or-later
"""A field for a message of a rule, with the words that stand for what the ticket has."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QHBoxLayout, QMenu, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.rules import MESSAGE_LIMIT
from helpdesk.ui.settings.rules.vocabulary import PLACEHOLDERS
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel

_LINES = 3


class MessageEdit(QWidget):
    """Several lines; a menu puts in a placeholder."""

    changed = pyqtSignal()

    def __init__(self) -> None:
        """Begin empty; `show_words` says what it is for."""
        super().__init__()
        self.text = _Text()
        height = self.text.fontMetrics().lineSpacing() * _LINES + 16
        self.text.setFixedHeight(height)
        self.text.textChanged.connect(self._on_changed)
        self.insert_button = QPushButton("Insert")
        self._menu = QMenu(self.insert_button)
        self._menu.aboutToShow.connect(self._fill_menu)
        self.insert_button.setMenu(self._menu)
        self._note = PlainLabel(role="error")
        self._note.hide()
        self._title = FieldLabel("Message", self.text)
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self.insert_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.text)
        column.addWidget(self._note)
        self.setFocusProxy(self.text)

    @property
    def message(self) -> str:
        """What is written."""
        return str(self.text.toPlainText())

    def show_message(self, message: str) -> None:
        """Show another message without telling."""
        blocked = self.text.blockSignals(True)
        self.text.setPlainText(message)
        self.text.blockSignals(blocked)

    def show_words(self, title: str, hint: str) -> None:
        """Call the field so; ``hint`` says what happens while it is empty."""
        self._title.setText(title)
        self.text.setAccessibleName(title)
        self.insert_button.setAccessibleName(f"{title}: insert what the ticket has")
        self.text.setPlaceholderText(hint)

    def _fill_menu(self) -> None:
        if self._menu.isEmpty():
            for word, label in PLACEHOLDERS:
                action = self._menu.addAction(f"{label}\t{word}")
                action.triggered.connect(partial(self._on_insert, word))

    def _on_insert(self, word: str, _checked: bool = False) -> None:
        self.text.insertPlainText(word)
        self.text.setFocus()

    def _on_changed(self) -> None:
        over = len(self.message) - MESSAGE_LIMIT
        if over > 0:
            cursor = self.text.textCursor()
            place = cursor.position()
            self.show_message(self.message[:MESSAGE_LIMIT])
            cursor.setPosition(min(place, len(self.message)))
            self.text.setTextCursor(cursor)
        self._note.setText(f"A message has at most {MESSAGE_LIMIT:,} characters.")
        self._note.setVisible(over > 0)
        self.changed.emit()


class _Text(QPlainTextEdit):
    """Leaves Tab to the form."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves_row = event.key() in (Qt.Key_Up, Qt.Key_Down) and event.modifiers() & Qt.AltModifier
        if moves_row:
            event.ignore()
        else:
            super().keyPressEvent(event)
