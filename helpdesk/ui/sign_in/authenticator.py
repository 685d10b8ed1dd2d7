# SPDX-License-Identifier: GPL-3.0-or-later
"""What an authenticator app is set up with: a QR code, or a key to type, and its first code."""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QApplication, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.accounts import Enrolment
from helpdesk.ui import theme
from helpdesk.ui.icons import icon
from helpdesk.ui.sign_in.code_field import CodeField
from helpdesk.ui.sign_in.page import label
from helpdesk.ui.sign_in.qr_code import QrCode
from helpdesk.ui.widgets.plain_label import PlainLabel

_SCAN = "Scan this with the app on your phone, or type the key into it by hand."
_GROUP = 4


class AuthenticatorView(QWidget):
    """Shows what to give to the app, and asks for the code that the app then shows."""

    def __init__(self, side: int) -> None:
        """Begin empty, with a QR code of about so many pixels."""
        super().__init__()
        self._secret = ""
        self.qr_code = QrCode(side)
        self.key = PlainLabel()
        self.key.setFont(theme.current().font("mono"))
        self.key.setAlignment(Qt.AlignCenter)
        self.key.setAccessibleName("Key for the authenticator app")
        self.copy_button = QPushButton("Copy key")
        self.copy_button.setIcon(icon("copy"))
        self.copy_button.clicked.connect(self._on_copy)
        self.field = CodeField()
        self.field.setAccessibleName("Code that the app shows")
        self._build()

    def show_enrolment(self, enrolment: Enrolment) -> None:
        """Show a secret."""
        self._secret = enrolment.secret
        self.qr_code.show_text(enrolment.uri)
        self.key.setText(grouped(enrolment.secret))
        self.copy_button.setText("Copy key")
        self.field.clear()

    def forget(self) -> None:
        """Show it no more."""
        self._secret = ""
        self.qr_code.show_text("")
        self.key.setText("")
        self.field.clear()

    def _build(self) -> None:
        name = label("field", "Code that the app shows")
        name.setBuddy(self.field)
        copy = QHBoxLayout()
        copy.addStretch(1)
        copy.addWidget(self.copy_button)
        copy.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(label("muted", _SCAN))
        column.addSpacing(4)
        column.addWidget(self.qr_code, 0, Qt.AlignHCenter)
        column.addSpacing(4)
        column.addWidget(self.key)
        column.addLayout(copy)
        column.addSpacing(4)
        column.addWidget(name)
        column.addWidget(self.field)

    def _on_copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._secret)
            self.copy_button.setText("Copied")


def grouped(secret: str) -> str:
    """Return a key as it is read and typed, four letters at a time."""
    parts = (secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))
    return " ".join(parts)
