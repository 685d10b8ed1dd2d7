# SPDX-License-Identifier: GPL-3.0-or-later
"""A field for long plain text that refuses, with a sentence, more than a ticket can hold."""

from __future__ import annotations

from PyQt5.QtCore import QMimeData, pyqtSignal
from PyQt5.QtWidgets import QPlainTextEdit

from helpdesk.core.text import BODY_LIMIT


class BodyEdit(QPlainTextEdit):
    """Plain text only; Tab goes on to the next field."""

    refused = pyqtSignal(str)
    """Why something pasted or dropped was not taken; what stood there before stays."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.setTabChangesFocus(True)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Take pasted or dropped text unless it is too long."""
        length = len(source.text()) + self.document().characterCount()
        if length > BODY_LIMIT:
            self.refused.emit(
                f"That is {length:,} characters and at most {BODY_LIMIT:,} fit;"
                " paste the part that matters."
            )
            return
        super().insertFromMimeData(source)
