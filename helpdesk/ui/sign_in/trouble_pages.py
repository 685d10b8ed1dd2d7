# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said where a desk cannot be opened, and where it is of another version."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QPushButton

from helpdesk.ui.sign_in.page import Page

_BY_ITSELF = "It is tried again by itself; you can leave this open."


class FailedPage(Page):
    """Why there is no desk, and a way to try again."""

    retry_wanted = pyqtSignal()

    def __init__(self) -> None:
        """Begin without a reason."""
        super().__init__()
        self._failure = self.add_words("", "error")
        self._again = self.add_words(_BY_ITSELF, "secondary", space=10)
        self.retry_button: QPushButton = self.add_button("Try again", self.retry_wanted.emit)
        self.column.addStretch(1)

    def show_failure(self, sentence: str, *, goes_on: bool) -> None:
        """Say why; a server that does not answer is tried again by itself."""
        self._failure.setText(sentence)
        self._again.setVisible(goes_on)


class VersionPage(Page):
    """Which of the two is too old."""

    retry_wanted = pyqtSignal()

    def __init__(self) -> None:
        """Begin without words."""
        super().__init__()
        self._title = self.add_words("", "heading")
        self._words = self.add_words("", space=10)
        self.look_again_button = self.add_button("Try again", self.retry_wanted.emit)
        self.column.addStretch(1)

    def show_version(self, sentence: str, *, server_is_newer: bool) -> None:
        """Say which, and what to do."""
        which = "This program is" if server_is_newer else "The server is"
        self._title.setText(f"{which} out of date")
        self._words.setText(sentence)

    def focus_first(self) -> None:
        """Offer to look again."""
        self.look_again_button.setFocus()
