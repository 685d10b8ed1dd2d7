# SPDX-License-Identifier: GPL-3.0-or-later
"""One setting on the screen: its name, its field, a line of help and what is wrong with it."""

from __future__ import annotations

from PyQt5.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from helpdesk.ui.settings.words import Words
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.switch import Switch

FIELD_WIDTH = 460
_FIXED = "set by the environment"


class SettingRow(QWidget):
    """Name above, then the field, then help; a switch has its name beside it."""

    def __init__(self, words: Words, field: QWidget, beside: QWidget | None = None) -> None:
        """Show a field under its words, and perhaps something ``beside`` it."""
        super().__init__()
        self.words = words
        self.field = field
        self.is_fixed = False
        self._fixed = Chip(_FIXED)
        self._fixed.hide()
        self._help = PlainLabel(words.help, role="secondary")
        self._error = PlainLabel(role="error")
        self._error.hide()
        field.setAccessibleDescription(words.help)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._head())
        if not isinstance(field, Switch):
            column.addLayout(self._middle(field, beside))
        column.addWidget(self._help)
        column.addWidget(self._error)

    @property
    def error(self) -> str:
        """What is wrong, empty where nothing is."""
        return "" if self._error.isHidden() else str(self._error.text())

    def show_error(self, sentence: str) -> None:
        """Say below the field what is wrong, or nothing any more."""
        self._error.setText(sentence)
        self._error.setVisible(bool(sentence))
        self.field.setProperty("invalid", bool(sentence))
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)

    def show_help(self, sentence: str) -> None:
        """Say something else of the setting than what the search finds it by."""
        self._help.setText(sentence)
        self.field.setAccessibleDescription(sentence)

    def set_fixed(self, fixed: bool) -> None:
        """Leave a setting alone that the environment sets."""
        self.is_fixed = fixed
        self._fixed.setVisible(fixed)
        self.field.setEnabled(not fixed)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        if isinstance(self.field, Switch):
            row.addWidget(self.field)
        else:
            row.addWidget(FieldLabel(self.words.name.replace("&", "&&"), self.field))
        row.addWidget(self._fixed)
        row.addStretch(1)
        return row

    def _middle(self, field: QWidget, beside: QWidget | None) -> QHBoxLayout:
        field.setMaximumWidth(FIELD_WIDTH)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(field, 1)
        if beside is not None:
            row.addWidget(beside)
        row.addStretch(0)
        return row


class Card(QVBoxLayout):
    """Some settings that belong together, on a card."""

    def __init__(self, frame: QWidget, title: str) -> None:
        """Begin with a heading on ``frame``."""
        super().__init__(frame)
        frame.setProperty("kind", "card")
        self.setContentsMargins(20, 16, 20, 20)
        self.setSpacing(16)
        heading = QLabel(title)
        heading.setProperty("role", "heading")
        self.addWidget(heading)
