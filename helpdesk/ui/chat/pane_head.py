# SPDX-License-Identifier: GPL-3.0-or-later
"""The title of a conversation and what can be done with all of it."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton

from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.elided_label import ElidedLabel


class PaneHead(QFrame):
    """Title and buttons; the way to the other conversations where there is no room for them."""

    list_wanted = pyqtSignal()
    ticket_wanted = pyqtSignal()
    human_wanted = pyqtSignal()
    delete_wanted = pyqtSignal()

    def __init__(self) -> None:
        """Begin with a new conversation."""
        super().__init__()
        self.setProperty("kind", "heading")
        self.list_button = _tool("history", "Conversations", "Show the earlier conversations")
        self.list_button.setCheckable(True)
        self.list_button.clicked.connect(lambda: self.list_wanted.emit())
        self.list_button.hide()
        self._title = ElidedLabel(role="title")
        self.ticket_button = QPushButton("Make a ticket of this")
        self.ticket_button.clicked.connect(lambda: self.ticket_wanted.emit())
        self.human_button = QPushButton("Ask a human")
        self.human_button.clicked.connect(lambda: self.human_wanted.emit())
        self.delete_button = _tool("delete", "Delete the conversation", "Delete the conversation…")
        self.delete_button.clicked.connect(lambda: self.delete_wanted.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 12, 10)
        row.setSpacing(8)
        row.addWidget(self.list_button)
        row.addWidget(self._title, 1)
        for button in (self.ticket_button, self.human_button, self.delete_button):
            row.addWidget(button)
        self.show_title("")
        self.show_actions(exists=False, has_ended=False, busy=False)

    def show_title(self, title: str) -> None:
        """Show the title, or that a conversation begins here."""
        self._title.setText(title or "New conversation")

    def show_actions(self, *, exists: bool, has_ended: bool, busy: bool) -> None:
        """Offer what can be done now; nothing while there is no conversation, or one is over."""
        for button in (self.ticket_button, self.human_button):
            button.setVisible(exists and not has_ended)
            button.setDisabled(busy)
        self.delete_button.setVisible(exists)
        self.delete_button.setDisabled(busy)


def _tool(icon_name: str, name: str, tooltip: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(icon_name))
    button.setAccessibleName(name)
    button.setToolTip(tooltip)
    button.setFocusPolicy(Qt.StrongFocus)
    return button
