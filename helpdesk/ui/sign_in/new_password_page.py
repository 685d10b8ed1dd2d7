# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a password that works once is replaced by one of one's own."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal

from helpdesk.ui.sign_in.page import Page
from helpdesk.ui.sign_in.password_rule import problem_of, rule_words
from helpdesk.ui.widgets.password_field import PasswordField

_WORKS_ONCE = "Your password works once. Choose one of your own."


class NewPasswordPage(Page):
    """Asks twice for a password."""

    chosen = pyqtSignal(str)

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.new_password, self.repeated_password = PasswordField(), PasswordField()
        self.add_words(_WORKS_ONCE, space=8)
        self.add_field("New password", self.new_password, 0)
        self.rule = self.add_words("", "secondary", space=6)
        self.show_rule(0)
        self.add_field("New password, again", self.repeated_password, 0)
        self.save_button = self.add_primary("Save and sign in", self._on_save)
        self.back_button = self.add_back()
        self.column.addStretch(1)

    def show_rule(self, least: int) -> None:
        """Say how many characters the desk asks for."""
        self._least = least
        self.rule.setText(rule_words(least))
        self.new_password.setAccessibleDescription(rule_words(least))

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
        typed, again = self.new_password.text(), self.repeated_password.text()
        if problem := problem_of(typed, again, self._least):
            self.say(problem)
            return
        self.chosen.emit(self.new_password.text())
