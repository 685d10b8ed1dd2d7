# SPDX-License-Identifier: GPL-3.0-or-later
"""Where somebody proves who they are before something of their sign-in is changed."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal

from helpdesk.ui.sign_in.code_field import CodeField
from helpdesk.ui.sign_in.page import Page
from helpdesk.ui.widgets.password_field import PasswordField

_TYPE_PASSWORD = "Type your password."  # noqa: S105 - a sentence
_TO_PAPER, _TO_APP = "Use a recovery code instead", "Use the app instead"


class ProofPage(Page):
    """Asks for the password, and for a code where there is an app already."""

    proved = pyqtSignal(str, str)
    """The password, and the code; empty where none is asked for."""

    def __init__(self, words: str, go: str, *, asks_code: bool) -> None:
        """Say what it is for, and what is done then."""
        super().__init__()
        self.password, self.code = PasswordField(), CodeField()
        self._asks_code = asks_code
        self.add_words(words, space=8)
        self.add_field("Password", self.password)
        self._name = self.add_field("Code of the app", self.code, 0)
        self.other_button = self.add_button(_TO_PAPER, self._on_other, "quiet")
        for widget in (self._name, self.code, self.other_button):
            widget.setVisible(asks_code)
        self.go_button = self.add_primary(go, self._on_go)
        self.back_button = self.add_back("Cancel")

    def focus_first(self) -> None:
        """Ask for the password."""
        self.password.setFocus()

    def show_wrong(self, sentence: str, field: str | None) -> None:
        """Say what is wrong, and put the cursor there."""
        self.say(sentence)
        wrong = self.code if field == "code" and self._asks_code else self.password
        wrong.selectAll()
        wrong.setFocus()

    def _on_other(self) -> None:
        recovery = not self.code.is_recovery
        self.code.ask_for(recovery=recovery)
        name = "Recovery code" if recovery else "Code of the app"
        self._name.setText(name)
        self.code.setAccessibleName(name)
        self.other_button.setText(_TO_APP if recovery else _TO_PAPER)
        self.code.setFocus()

    def _on_go(self) -> None:
        if not self.password.text():
            self.show_wrong(_TYPE_PASSWORD, "password")
        elif self._asks_code and self.code.problem:
            self.show_wrong(self.code.problem, "code")
        else:
            self.proved.emit(self.password.text(), self.code.code if self._asks_code else "")
