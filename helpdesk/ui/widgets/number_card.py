# SPDX-License-Identifier: GPL-3.0-or-later
"""A large number on a card of its own."""

from __future__ import annotations

from PyQt5.QtWidgets import QFrame, QLabel, QVBoxLayout

from helpdesk.ui.widgets.elided_label import ElidedLabel


class NumberCard(QFrame):
    """A large number, what it counts, and of what."""

    def __init__(self, title: str) -> None:
        """Show the title above a number that comes later."""
        super().__init__()
        self.setProperty("kind", "card")
        self._title = title
        heading, self.number, self._note = QLabel(title), QLabel(), ElidedLabel(role="secondary")
        heading.setProperty("role", "muted")
        self.number.setProperty("role", "figure")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(2)
        for label in (heading, self.number, self._note):
            column.addWidget(label)

    def show_number(self, number: str, note: str) -> None:
        """Show a number, and below it what it is a part of."""
        self.number.setText(number)
        self._note.setText(note)
        self.setAccessibleName(f"{self._title}: {number} {note}")
