# SPDX-License-Identifier: GPL-3.0-or-later
"""The way back to an account whose password is lost: a code by mail, then a new password."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QLineEdit

from helpdesk.core.errors import DeskError
from helpdesk.ui.sign_in.code_field import CodeField
from helpdesk.ui.sign_in.page import Page
from helpdesk.ui.sign_in.password_rule import DIFFERENT, problem_of, rule_words
from helpdesk.ui.widgets.password_field import PasswordField

_LONGEST_NAME = 200
_ASK = "Type your user name or e-mail address. If it is known here, a code is mailed to you."
_NO_MAIL = (
    "This desk cannot send mail, so it cannot send you a code. Ask an admin for a one-time"
    " password; you choose one of your own when you sign in with it."
)
_TYPE_NAME = "Type your user name or your e-mail address."
_SENT = (
    "If there is such an account with an e-mail address, a code is on its way. It works once, and"
    " not for long."
)
_HAVE = "Type the code from the mail, and choose a new password."
_TYPE_CODE = "Type the code from the mail."
_TYPE_PASSWORD = "Choose a new password; a few words are best."  # noqa: S105 - a sentence


class ForgottenPage(Page):
    """Asks whose password is lost; where no mail can be sent it says so at once."""

    asked = pyqtSignal(str)
    code_at_hand = pyqtSignal()

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.add_words("Forgotten your password?", "heading", space=2)
        self._words = self.add_words(_ASK, space=8)
        self.username = QLineEdit()
        self.username.setMaxLength(_LONGEST_NAME)
        self._name = self.add_field("User name or e-mail address", self.username, 0)
        self.go_button = self.add_primary("Mail me a code", self._on_go)
        self.have_button = self.add_button("I have a code already", self.code_at_hand.emit, "quiet")
        self.back_button = self.add_back()
        self.column.addStretch(1)

    def ask_whose(self, username: str, *, can_reset: bool) -> None:
        """Ask, or explain why it would be in vain."""
        self.username.setText(username)
        self.set_busy(False)
        self.say("")
        self._words.setText(_ASK if can_reset else _NO_MAIL)
        for widget in (self._name, self.username, self.go_button, self.have_button):
            widget.setVisible(can_reset)

    def set_busy(self, busy: bool, words: str = "Asking…") -> None:
        """Take no second click while the desk is asked."""
        super().set_busy(busy, words)

    def focus_first(self) -> None:
        """Ask for the name, or offer the way back."""
        asks = not self.username.isHidden()
        (self.username if asks else self.back_button).setFocus()

    def _on_go(self) -> None:
        name = self.username.text().strip()
        if not name:
            self.say(_TYPE_NAME)
            return
        self.asked.emit(name)


class ResetPage(Page):
    """Asks for the code, and twice for a new password."""

    chosen = pyqtSignal(str, str)
    """The code, and the password."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.add_words("Choose a new password", "heading", space=2)
        self._words = self.add_words(_HAVE, space=8)
        self.code = CodeField()
        self.code.ask_for(recovery=True)
        self.new_password, self.repeated_password = PasswordField(), PasswordField()
        self.add_field("Code from the mail", self.code)
        self.add_field("New password", self.new_password, 0)
        self.rule = self.add_words("", "secondary", space=6)
        self.show_rule(0)
        self.add_field("New password, again", self.repeated_password, 0)
        self.save_button = self.add_primary("Save password", self._on_save)
        self.back_button = self.add_back()
        self.column.addStretch(1)

    def show_rule(self, least: int) -> None:
        """Say how many characters the desk asks for."""
        self._least = least
        self.rule.setText(rule_words(least))
        self.new_password.setAccessibleDescription(rule_words(least))

    def say_whether_sent(self, *, sent: bool) -> None:
        """Say that a code was mailed, if there is somebody to mail it to."""
        self._words.setText(_SENT if sent else _HAVE)

    def begin(self) -> None:
        """Ask anew."""
        for field in (self.code, self.new_password, self.repeated_password):
            field.clear()
        self.set_busy(False)
        self.say("")

    def set_busy(self, busy: bool, words: str = "Saving…") -> None:
        """Take no second click while the desk is asked."""
        super().set_busy(busy, words)

    def show_error(self, error: Exception) -> None:
        """Say why, and put the cursor where the mistake is."""
        self.say(str(error))
        is_code = isinstance(error, DeskError) and error.field == "code"
        field = self.code if is_code else self.new_password
        field.selectAll()
        field.setFocus()

    def focus_first(self) -> None:
        """Ask for the code."""
        self.code.setFocus()

    def _on_save(self) -> None:
        typed, again = self.new_password.text(), self.repeated_password.text()
        problem = problem_of(typed, again, self._least)
        if not self.code.code:
            self.say(_TYPE_CODE)
            self.code.setFocus()
        elif not typed:
            self.say(_TYPE_PASSWORD)
            self.new_password.setFocus()
        elif problem:
            self.say(problem)
            (self.repeated_password if problem == DIFFERENT else self.new_password).setFocus()
        else:
            self.chosen.emit(self.code.code, typed)
