# SPDX-License-Identifier: GPL-3.0-or-later
"""The name above an input field."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel, QWidget


class FieldLabel(QLabel):
    """Names a field: a click, or the letter after ``&``, puts the cursor into it."""

    def __init__(self, text: str, field: QWidget | None = None, parent: QWidget | None = None):
        """Name the field, which takes the text as its accessible name too."""
        super().__init__(text, parent)
        self.setTextFormat(Qt.PlainText)
        self.setProperty("role", "field")
        if field is not None:
            self.setBuddy(field)
            field.setAccessibleName(text.replace("&", ""))
