# SPDX-License-Identifier: GPL-3.0-or-later
"""What a workstation without a desk is offered."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal

from helpdesk.ui.sign_in.page import Page

_NONE = "There is no desk on this workstation yet."
_ROLES = (
    "On one workstation roles guide the work; they do not hide anything from whoever owns the file."
)


class NoDeskPage(Page):
    """Makes a desk, or one to try."""

    make_wanted = pyqtSignal(bool)
    """Whether it is to be a demo desk."""

    def __init__(self) -> None:
        """Offer both."""
        super().__init__()
        self._words = self.add_words(_NONE, space=10)
        self.make_button = self.add_button("Make a new desk", lambda: self._on_make(False))
        self.make_button.setProperty("kind", "primary")
        self.demo_button = self.add_button("Try it with a demo desk", lambda: self._on_make(True))
        self.column.addSpacing(10)
        self.add_words(_ROLES, "secondary")
        self.column.addStretch(1)

    def focus_first(self) -> None:
        """Offer the usual."""
        self.make_button.setFocus()

    def show_failed(self, sentence: str) -> None:
        """Say why there is none, and offer it again."""
        for button in (self.make_button, self.demo_button):
            button.setEnabled(True)
        self._words.setText(sentence)

    def _on_make(self, demo: bool) -> None:
        for button in (self.make_button, self.demo_button):
            button.setDisabled(True)
        what = "a demo desk" if demo else "the desk"
        self._words.setText(f"Making {what}…")
        self.make_wanted.emit(demo)
