# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a link of an article only after the person has read where it goes."""

from __future__ import annotations

from PyQt5.QtCore import Qt, QUrl
from PyQt5.QtGui import QDesktopServices
from PyQt5.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH, _ADDRESS_HEIGHT = 480, 76


class LinkDialog(Dialog):
    """Shows the whole address; Enter and Esc open nothing."""

    def __init__(self, url: QUrl, parent: QWidget) -> None:
        """Ask about an address of the web or of mail."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Open a link")
        self._url = url
        # As it is sent: letters of other alphabets that look like ours are told apart so.
        self._address = bytes(url.toEncoded()).decode("ascii")
        heading = QLabel("This link leads out of the help desk. Open it?")
        heading.setProperty("role", "heading")
        where = url.host(QUrl.EncodeUnicode | QUrl.FullyEncoded) or url.path()
        self.address = QPlainTextEdit(self._address)
        self.address.setReadOnly(True)
        self.address.setAccessibleName("Address")
        self.address.setTabChangesFocus(True)
        self.address.setFixedHeight(_ADDRESS_HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(heading)
        column.addWidget(PlainLabel(where, role="strong"))
        column.addWidget(self.address)
        column.addSpacing(8)
        column.addLayout(self._foot())
        self.setFixedWidth(_WIDTH)
        self.cancel_button.setFocus()

    def _foot(self) -> QHBoxLayout:
        self.open_button = QPushButton("Open")
        self.open_button.setAutoDefault(False)
        self.open_button.clicked.connect(self._on_open)
        self.copy_button = QPushButton("Copy address")
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(self._on_copy)
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setDefault(True)
        self.cancel_button.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.copy_button)
        foot.addStretch(1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.open_button)
        return foot

    def _on_open(self) -> None:
        self.accept()
        QDesktopServices.openUrl(self._url)

    def _on_copy(self) -> None:
        QApplication.clipboard().setText(self._address)
        self.accept()
