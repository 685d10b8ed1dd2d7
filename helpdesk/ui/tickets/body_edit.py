# SPDX-License-Identifier: GPL-3.0-or-later
"""A field for long plain text that refuses, with a sentence, more than a ticket can hold."""

from __future__ import annotations

from PyQt5.QtCore import QMimeData, pyqtSignal
from PyQt5.QtWidgets import QPlainTextEdit

from helpdesk.core.text import BODY_LIMIT
from helpdesk.ui.attachments.words import brings_files

LINE_LIMIT = 20_000
"""Wrapping one line takes time with the square of its length: this is where it is felt."""


class BodyEdit(QPlainTextEdit):
    """Plain text only; Tab goes on to the next field."""

    refused = pyqtSignal(str)
    """Why something pasted or dropped was not taken; what stood there before stays."""
    files_brought = pyqtSignal(object)
    """The ``QMimeData`` of a paste or a drop that brings files or a picture."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.setTabChangesFocus(True)
        self.takes_files = False
        """Whether somebody hears ``files_brought``."""

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Let files be dropped where somebody takes them."""
        return (self.takes_files and brings_files(source)) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Take pasted or dropped text unless it is too long; files are for somebody else."""
        if self.takes_files and brings_files(source):
            self.files_brought.emit(source)
            return
        text, replaced = source.text(), len(self.textCursor().selectedText())
        length = len(text) + len(self.toPlainText()) - replaced
        longest = max(map(len, text.splitlines()), default=0)
        if length > BODY_LIMIT:
            self.refused.emit(
                f"That is {length:,} characters and at most {BODY_LIMIT:,} fit;"
                " paste the part that matters."
            )
        elif longest > LINE_LIMIT:
            self.refused.emit(
                f"One line of that has {longest:,} characters and at most {LINE_LIMIT:,} fit;"
                " paste the part that matters."
            )
        else:
            super().insertFromMimeData(source)
