# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows what a question to the model would send, word for word, before it is sent."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QFont, QTextBlockFormat, QTextCharFormat, QTextCursor
from PyQt5.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.assistant import SendingPreview, SentMessage
from helpdesk.ui import theme
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH, _HEIGHT = 720, 560
_ROLES = {"system": "Instructions", "user": "Question", "assistant": "Earlier answer"}


class SendingPreviewDialog(Dialog):
    """The messages as they would leave the desk, and what was taken out of them."""

    def __init__(self, preview: SendingPreview, parent: QWidget) -> None:
        """Show a preview; nothing is sent by looking at it."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("What will be sent")
        self._preview = preview
        heading = QLabel("What will be sent")
        heading.setProperty("role", "title")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(heading)
        column.addWidget(PlainLabel(_destination(preview), role="muted"))
        column.addLayout(self._redacted())
        column.addWidget(self._messages(), 1)
        column.addLayout(self._foot())
        self.resize(_WIDTH, _HEIGHT)
        self.text.setFocus()

    def _redacted(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(6)
        kinds = [each for each in self._preview.redacted if each.count]
        said = "Taken out before:" if kinds else "Nothing was taken out."
        said = said if self._preview.messages else ""
        column.addWidget(PlainLabel(said, role="field" if kinds else "muted"))
        chips = QWidget()
        flow = FlowLayout(spacing=6)
        chips.setLayout(flow)
        for each in kinds:
            flow.addWidget(Chip(f"{each.kind} × {each.count:,}", "success"))
        if not kinds:
            chips.hide()
        column.addWidget(chips)
        return column

    def _messages(self) -> QPlainTextEdit:
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Messages, word for word")
        self.text.setUndoRedoEnabled(False)
        self.text.setTextInteractionFlags(Qt.TextSelectableByMouse | Qt.TextSelectableByKeyboard)
        cursor = QTextCursor(self.text.document())
        for place, message in enumerate(self._preview.messages):
            _write(cursor, message, is_first=place == 0)
        self.text.moveCursor(QTextCursor.Start)
        return self.text

    def _foot(self) -> QHBoxLayout:
        copy = QPushButton("Copy")
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QApplication.clipboard().setText(as_text(self._preview)))
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(copy)
        foot.addStretch(1)
        foot.addWidget(close)
        return foot


def as_text(preview: SendingPreview) -> str:
    """Return the messages as one text to paste elsewhere."""
    return "\n\n".join(f"[{_role(each)}]\n{each.text}" for each in preview.messages)


def _destination(preview: SendingPreview) -> str:
    if not preview.messages:
        return "Nothing would be sent for this; it is answered without a model."
    if not preview.place:
        return "No model is in use, so nothing is sent. With one, these words would be."
    return f"Goes to {preview.place}. Nothing is sent by looking at it here."


def _role(message: SentMessage) -> str:
    return _ROLES.get(message.role, message.role)


def _write(cursor: QTextCursor, message: SentMessage, *, is_first: bool) -> None:
    look = QTextCharFormat()
    look.setFontWeight(QFont.DemiBold)
    look.setForeground(theme.current().colour("ink_accent"))
    if not is_first:
        cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
        cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
    cursor.insertText(_role(message), look)
    cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())
    cursor.insertText(message.text, QTextCharFormat())
