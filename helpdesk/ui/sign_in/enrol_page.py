# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an authenticator app is set up that somebody's role needs, before they are let in."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal

from helpdesk.core.schemas.accounts import Enrolment
from helpdesk.ui.sign_in.authenticator import AuthenticatorView
from helpdesk.ui.sign_in.page import Page

_NEEDED = "Your role needs a second factor: an authenticator app."
_SIDE = 200


class EnrolPage(Page):
    """Shows the key, and asks for the first code."""

    entered = pyqtSignal(str)

    def __init__(self) -> None:
        """Begin without a key."""
        super().__init__()
        self.add_words("Set up an authenticator app", "heading", space=2)
        self._words = self.add_words(_NEEDED, space=2)
        self.view = AuthenticatorView(_SIDE)
        self.column.addWidget(self.view)
        self.go_button = self.add_primary("Confirm", self._on_go)
        self.back_button = self.add_back()
        self.column.addStretch(1)
        self.begin()

    def begin(self) -> None:
        """Wait for the key."""
        self.view.forget()
        self.view.hide()
        self.go_button.hide()
        self._words.setText("The desk is making a key…")
        self._words.show()
        self.set_busy(False)
        self.say("")

    def show_enrolment(self, enrolment: Enrolment, why: str = _NEEDED) -> None:
        """Show the key, and why it is asked for."""
        self._words.setText(why)
        self._words.setVisible(bool(why))
        self.view.show_enrolment(enrolment)
        self.view.show()
        self.go_button.show()
        self.focus_first()

    def show_failed(self, sentence: str) -> None:
        """Say why there is no key."""
        self._words.setText(_NEEDED)
        self.say(sentence)
        self.back_button.setFocus()

    def focus_first(self) -> None:
        """Ask for the code."""
        self.view.field.setFocus()

    def set_busy(self, busy: bool, words: str = "Confirming…") -> None:
        """Take no second click while the desk is asked."""
        super().set_busy(busy, words)

    def show_refused(self, sentence: str) -> None:
        """Say why the code was not taken; the next one is typed over it."""
        self.say(sentence)
        self.view.field.selectAll()
        self.view.field.setFocus()

    def _on_go(self) -> None:
        if self.view.field.problem:
            self.show_refused(self.view.field.problem)
            return
        self.entered.emit(self.view.field.code)
