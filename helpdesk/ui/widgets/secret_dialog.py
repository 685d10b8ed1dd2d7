# SPDX-License-Identifier: GPL-3.0-or-later
"""The one look at something secret, which is not lost by a key pressed too often."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui import theme
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import Question

_COPIED = "It is in the clipboard now."
_LOSES = "It was not copied, and is not shown again."


class SecretDialog(Dialog):
    """Shows a secret that cannot be seen again; asks before it is closed uncopied."""

    def __init__(self, title: str, explained: str, secret: str, width: int, parent: QWidget):
        """Show the secret with a button that copies it, which has the focus."""
        super().__init__(parent)
        self._secret = secret
        self._is_copied = False
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setFixedWidth(width)
        self.field = QLineEdit(secret)
        self.field.setReadOnly(True)
        self.field.setCursorPosition(0)
        self.field.setFont(theme.current().font("mono"))
        self.field.setAccessibleName(title)
        self.copy_button = QPushButton("Copy")
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._on_copy)
        self.done_button = QPushButton("Done")
        self.done_button.setProperty("kind", "primary")
        self.done_button.setAutoDefault(False)
        self.done_button.clicked.connect(self.accept)
        self.said = PlainLabel(role="success")
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self.copy_button)
        foot = QHBoxLayout()
        foot.addWidget(self.said, 1)
        foot.addWidget(self.done_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(explained))
        column.addLayout(row)
        column.addLayout(foot)
        self.copy_button.setFocus()

    def done(self, result: int) -> None:
        """Close, whichever way, but ask first where the secret would be lost."""
        if self._is_copied or self._is_in_clipboard():
            super().done(result)
            return
        name = self.windowTitle()
        question = Question("Close without copying?", name, _LOSES, "Close", "Keep it open", self)
        question.agreed.connect(lambda: super(SecretDialog, self).done(result))
        question.open()

    def _is_in_clipboard(self) -> bool:
        """Tell whether it was copied out of the field by the keys or the menu."""
        return bool(QApplication.clipboard().text() == self._secret)

    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self._secret)
        self._is_copied = True
        self.said.setText(_COPIED)
