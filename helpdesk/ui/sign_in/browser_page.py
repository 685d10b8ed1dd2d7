# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown while somebody signs in in the browser."""

from __future__ import annotations

from PyQt5.QtWidgets import QApplication

from helpdesk.ui.sign_in.page import Page

_WAITING = "Waiting for the browser… Sign in there, then come back here."
_NO_BROWSER = (
    "No browser could be opened. Copy the address, and open it in a browser on this workstation."
)
_COPY, _COPIED = "Copy the address", "Copied"


class BrowserPage(Page):
    """Waits, and can be left."""

    def __init__(self) -> None:
        """Begin waiting."""
        super().__init__()
        self._url = ""
        self.add_words("Single sign-on", "heading", space=2)
        self._words = self.add_words(_WAITING, space=10)
        self.copy_button = self.add_button(_COPY, self._on_copy)
        self.cancel_button = self.add_button("Cancel", self.back_wanted.emit)
        self.column.addStretch(1)

    def begin(self) -> None:
        """Wait for the desk to name the page."""
        self._url = ""
        self._words.setText(_WAITING)
        self.copy_button.hide()
        self.cancel_button.setEnabled(True)

    def show_returned(self) -> None:
        """Say that the browser is back."""
        self._words.setText("Signing in…")
        self.copy_button.hide()
        self.cancel_button.setEnabled(False)

    def show_page(self, url: str, *, is_open: bool) -> None:
        """Say whether the page is open, and offer its address."""
        self._url = url
        self._words.setText(_WAITING if is_open else _NO_BROWSER)
        self.copy_button.setText(_COPY)
        self.copy_button.show()

    def focus_first(self) -> None:
        """Offer to leave."""
        self.cancel_button.setFocus()

    def _on_copy(self) -> None:
        clipboard = QApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._url)
            self.copy_button.setText(_COPIED)
