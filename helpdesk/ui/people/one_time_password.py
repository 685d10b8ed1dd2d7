# SPDX-License-Identifier: GPL-3.0-or-later
"""The one look at a one-time password."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.users import OneTimePassword
from helpdesk.ui import theme
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH = 440
_EXPLAINED = (
    "Give {name} this password for the user name {username}. It works once: at the first sign-in"
    " they choose their own. It is not shown again."
)
_COPIED = "It is in the clipboard now."


class OneTimePasswordDialog(QDialog):
    """Shows a one-time password, which cannot be seen again."""

    def __init__(self, made: OneTimePassword, parent: QWidget) -> None:
        """Show the password with a button that copies it."""
        super().__init__(parent)
        self._made = made
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("One-time password")
        self.setFixedWidth(_WIDTH)
        self.password = QLineEdit(made.password)
        self.password.setReadOnly(True)
        self.password.setFont(theme.current().font("mono"))
        self.password.setAccessibleName("One-time password")
        copy = QPushButton("Copy")
        copy.setAutoDefault(False)
        copy.clicked.connect(self._on_copy)
        done = QPushButton("Done")
        done.setProperty("kind", "primary")
        done.setDefault(True)
        done.clicked.connect(self.accept)
        self._said = PlainLabel(role="success")
        row = QHBoxLayout()
        row.addWidget(self.password, 1)
        row.addWidget(copy)
        foot = QHBoxLayout()
        foot.addWidget(self._said, 1)
        foot.addWidget(done)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        user = made.user
        column.addWidget(PlainLabel(_EXPLAINED.format(name=user.full_name, username=user.username)))
        column.addLayout(row)
        column.addLayout(foot)
        copy.setFocus()

    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self._made.password)
        self._said.setText(_COPIED)
