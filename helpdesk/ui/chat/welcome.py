# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands where nothing was asked yet: what the assistant can do, and questions to try."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui import theme
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel

EXAMPLES = (
    "Outlook does not start. What can I do?",
    "How do I reset my password?",
    "The printer prints blank pages.",
)
_WIDEST = 560
_WHAT = (
    "It looks for the answer in the knowledge base and in the tickets you may read, and names"
    " behind each sentence where it stands. Where there is no answer it says so; then a ticket is"
    " made of the conversation, or a human goes on with it."
)


class Welcome(QScrollArea):
    """The page of a conversation without a word in it."""

    example_chosen = pyqtSignal(str)

    def __init__(self) -> None:
        """Build the page; where answers come from is said as soon as it is known."""
        super().__init__()
        self.setFrameShape(QFrame.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.NoFocus)
        self._picture = QLabel()
        self._show_picture()
        theme.current().changed.connect(self._show_picture)
        title = QLabel("What can I help you with?")
        title.setProperty("role", "title")
        self._status = PlainLabel(role="muted")
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addWidget(self._picture)
        column.addWidget(title)
        column.addWidget(PlainLabel(_WHAT))
        column.addWidget(self._status)
        column.addSpacing(6)
        column.addWidget(QLabel("Try one of these:"))
        column.addWidget(self._examples())
        page = QWidget()
        page.setMaximumWidth(_WIDEST)
        page.setLayout(column)
        # Its lines decide how high it is, so that it must not be aligned by itself.
        inside = QWidget()
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(page, 1000)
        row.addStretch(1)
        outer = QVBoxLayout(inside)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addStretch(2)
        outer.addLayout(row)
        outer.addStretch(3)
        self.setWidget(inside)

    def show_status(self, sentence: str) -> None:
        """Say where answers come from."""
        self._status.setText(sentence)
        self._status.setVisible(bool(sentence))

    def _examples(self) -> QWidget:
        row = FlowLayout(8)
        for example in EXAMPLES:
            button = QPushButton(example)
            button.setAccessibleName(f"Ask: {example}")
            button.clicked.connect(partial(self._on_clicked, example))
            row.addWidget(button)
        both = QWidget()
        both.setLayout(row)
        return both

    def _on_clicked(self, example: str, _checked: bool) -> None:
        self.example_chosen.emit(example)

    def _show_picture(self) -> None:
        self._picture.setPixmap(icon("assistant", "accent").pixmap(32, 32))
