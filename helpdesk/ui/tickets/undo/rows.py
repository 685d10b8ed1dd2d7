# SPDX-License-Identifier: GPL-3.0-or-later
"""A row of a list with words, when it was, and buttons; deeds and deleted tickets stand so."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel


class DeedRow(QFrame):
    """What something is, and below it what is known of it."""

    def __init__(self, title: str, detail: str, chip: str, buttons: Sequence[QPushButton]) -> None:
        """Show it; an empty ``chip`` is none."""
        super().__init__()
        self.setProperty("kind", "card")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(ElidedLabel(title, role="strong"))
        below = QLabel(detail)
        below.setTextFormat(Qt.PlainText)
        below.setProperty("role", "secondary")
        words.addWidget(below)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.setSpacing(10)
        row.addLayout(words, 1)
        if chip:
            row.addWidget(Chip(chip), 0, Qt.AlignVCenter)
        for button in buttons:
            row.addWidget(button, 0, Qt.AlignVCenter)


class DeedRows(QScrollArea):
    """Such rows below each other."""

    def __init__(self, name: str) -> None:
        """Begin with none; ``name`` is what screen readers say."""
        super().__init__()
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.NoFocus)

    def show_rows(self, rows: Sequence[QWidget]) -> None:
        """Show these and no others, where they stood."""
        place = self.verticalScrollBar().value()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        for row in rows:
            column.addWidget(row)
        column.addStretch(1)
        self.setWidget(inside)
        self.verticalScrollBar().setValue(place)


def small_button(text: str, about: str) -> QPushButton:
    """Return a button of a row; ``about`` tells screen readers what it is about."""
    button = QPushButton(text)
    button.setAccessibleName(f"{text}: {about}")
    button.setAutoDefault(False)
    return button
