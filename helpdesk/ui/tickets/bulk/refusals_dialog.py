# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists which of many tickets were left as they are, and why."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from helpdesk.ui.tickets.refusals import Refusals
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH, _HEIGHT = 520, 260


class RefusalsDialog(Dialog):
    """Each reason once, with the tickets that it holds for."""

    def __init__(self, refused: Refusals, parent: QWidget) -> None:
        """Say what was refused."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Left as they are")
        title = QLabel("Left as they are")
        title.setProperty("role", "title")
        tickets = "ticket was" if len(refused) == 1 else "tickets were"
        self.words = QPlainTextEdit(refused.words)
        self.words.setReadOnly(True)
        self.words.setAccessibleName("Tickets that were left, and why")
        self.words.setFixedSize(_WIDTH, _HEIGHT)
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(PlainLabel(f"{len(refused):,} {tickets} not changed.", role="muted"))
        column.addWidget(self.words)
        column.addLayout(foot)
