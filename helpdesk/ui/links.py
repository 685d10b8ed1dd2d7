# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens links: those of people only after one has read where they go, those of the desk at once."""

from __future__ import annotations

from typing import Final

from PyQt5.QtCore import Qt, QUrl
from PyQt5.QtGui import QDesktopServices
from PyQt5.QtWidgets import QMessageBox, QWidget

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def ask_to_open(url: QUrl, parent: QWidget) -> QMessageBox:
    """Show the whole address and open it when the person agrees; returns the question."""
    question = QMessageBox(parent)
    question.setAttribute(Qt.WA_DeleteOnClose)
    question.setWindowTitle("Open a link")
    question.setTextFormat(Qt.PlainText)
    question.setText("This link was written by somebody on the ticket. Open it?")
    question.setInformativeText(bytes(url.toEncoded()).decode("ascii")[:500])
    open_button = question.addButton("Open", QMessageBox.AcceptRole)
    question.addButton(QMessageBox.Cancel)
    question.setDefaultButton(QMessageBox.Cancel)

    def on_finished() -> None:
        if question.clickedButton() is open_button:
            QDesktopServices.openUrl(url)

    question.finished.connect(on_finished)
    question.open()
    return question


def open_sign_in_page(address: str) -> bool | None:
    """Open the page of the provider that an admin has set up, for who has just asked for it.

    Returns whether a browser took it, or ``None`` for what no browser is to open: anything but
    an encrypted page, or one of this machine.
    """
    url = QUrl(address, QUrl.StrictMode)
    is_here = url.scheme() == "http" and url.host() in _LOOPBACK
    if not url.isValid() or not url.host() or not (url.scheme() == "https" or is_here):
        return None
    return bool(QDesktopServices.openUrl(url))
