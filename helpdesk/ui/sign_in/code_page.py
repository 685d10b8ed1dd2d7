# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the second factor is asked for: the code of an app, or a recovery code."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal

from helpdesk.ui.sign_in.code_field import CodeField
from helpdesk.ui.sign_in.page import Page, label

_OF_APP = "Open your authenticator app and type the code it shows for Help Desk."
_OF_PAPER = (
    "Type one of the recovery codes that you kept when the app was set up. It works this once."
)
_TO_PAPER, _TO_APP = "Use a recovery code instead", "Use the app instead"
_LOST = "Neither at hand? An admin can reset your second factor."


class CodePage(Page):
    """Asks for one code."""

    entered = pyqtSignal(str)

    def __init__(self) -> None:
        """Ask for the code of the app."""
        super().__init__()
        self.add_words("One more step", "heading", space=2)
        self._words = self.add_words(_OF_APP, space=8)
        self.field = CodeField()
        self._name = label("field")
        self._name.setBuddy(self.field)
        self.column.addWidget(self._name)
        self.column.addWidget(self.field)
        self.go_button = self.add_primary("Sign in", self._on_go)
        self.other_button = self.add_button("", self._on_other, "quiet")
        self.back_button = self.add_back()
        self.column.addSpacing(6)
        self._lost = self.add_words(_LOST, "secondary")
        self.column.addStretch(1)
        self._ask_for(recovery=False)

    def begin(self) -> None:
        """Ask anew, for the code of the app."""
        self.set_busy(False)
        self._ask_for(recovery=False)

    def set_busy(self, busy: bool, words: str = "Signing in…") -> None:
        """Take no second click while the desk is asked."""
        super().set_busy(busy, words)
        self.other_button.setDisabled(busy)

    def focus_first(self) -> None:
        """Ask for the code."""
        self.field.setFocus()

    def show_refused(self, sentence: str) -> None:
        """Say why the code was not taken; the next one is typed over it."""
        self.say(sentence)
        self.field.selectAll()
        self.field.setFocus()

    def _ask_for(self, *, recovery: bool) -> None:
        self._words.setText(_OF_PAPER if recovery else _OF_APP)
        name = "Recovery code" if recovery else "Code"
        self._name.setText(name)
        self.field.setAccessibleName(name)
        self.field.ask_for(recovery=recovery)
        self.other_button.setText(_TO_APP if recovery else _TO_PAPER)
        self._lost.setVisible(recovery)
        self.say("")

    def _on_other(self) -> None:
        self._ask_for(recovery=not self.field.is_recovery)
        self.field.setFocus()

    def _on_go(self) -> None:
        if self.field.problem and not self.field.has_recovery_code:
            self.show_refused(self.field.problem)
            return
        self.entered.emit(self.field.code)
