# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a link from a ticket only after the person has read where it goes."""

from __future__ import annotations

from PyQt5.QtCore import Qt, QUrl
from PyQt5.QtGui import QDesktopServices
from PyQt5.QtWidgets import QMessageBox, QWidget


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
