# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a password that works once is replaced by one of one's own."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal

from helpdesk.ui.sign_in.page import Page
from helpdesk.ui.widgets.password_field import PasswordField

DIFFERENT = "The two passwords differ; type the same twice."
_WORKS_ONCE = "Your password works once. Choose one of your own; a few words are best."


class NewPasswordPage(Page):
    """Asks twice for a password."""

    chosen = pyqtSignal(str)

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.new_password, self.repeated_password = PasswordField(), PasswordField()
        self.add_words(_WORKS_ONCE, space=8)
        self.add_field("New password", self.new_password)
        self.add_field("New password, again", self.repeated_password, 0)
        self.save_button = self.add_primary("Save and sign in", self._on_save)
        self.back_button = self.add_back()
        self.column.addStretch(1)

    def focus_first(self) -> None:
        """Ask for the password."""
        self.new_password.setFocus()

    def show_refused(self, sentence: str) -> None:
        """Say why; another password is typed over this one."""
        self.say(sentence)
        self.new_password.selectAll()
        self.new_password.setFocus()

    def clear(self) -> None:
        """Forget what was typed."""
        self.new_password.clear()
        self.repeated_password.clear()
        self.say("")

    def _on_save(self) -> None:
        if self.new_password.text() != self.repeated_password.text():
            self.say(DIFFERENT)
            return
        self.chosen.emit(self.new_password.text())
