# SPDX-License-Identifier: GPL-3.0-or-later
"""What every card beside the ticket's form is made of."""

from __future__ import annotations

from PyQt5.QtWidgets import QFrame, QVBoxLayout, QWidget

from helpdesk.ui.widgets.plain_label import PlainLabel


class Card(QFrame):
    """A heading, and lines below it that are exchanged together."""

    def __init__(self, title: str) -> None:
        """Show the heading."""
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName(title)
        heading = self._heading = PlainLabel(title, role="heading")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 14, 16, 14)
        self._column.setSpacing(8)
        self._column.addWidget(heading)

    def set_title(self, title: str) -> None:
        """Show another heading."""
        self.setAccessibleName(title)
        self._heading.setText(title)

    def add_line(self, line: QWidget) -> None:
        """Show a line below the others."""
        self._column.addWidget(line)

    def clear_lines(self) -> None:
        """Take all lines away."""
        while self._column.count() > 1:
            item = self._column.takeAt(1)
            if item is not None:
                item.widget().hide()
                item.widget().deleteLater()
