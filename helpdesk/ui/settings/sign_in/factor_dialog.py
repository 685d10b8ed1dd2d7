# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets up an authenticator app, makes new recovery codes, or switches codes off, step by step."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from PyQt5.QtCore import QEvent, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QPushButton, QVBoxLayout, QWidget

from helpdesk.core.errors import DeskError
from helpdesk.core.schemas.accounts import (
    CodeProof,
    Confirmation,
    Enrolment,
    Proof,
    RecoveryCodes,
)
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.settings.sign_in.proof_page import ProofPage
from helpdesk.ui.sign_in.enrol_page import EnrolPage
from helpdesk.ui.sign_in.page import Page
from helpdesk.ui.sign_in.recovery_page import RecoveryPage
from helpdesk.ui.widgets.dialog import Dialog, is_enter
from helpdesk.ui.widgets.question import fit_height

_WIDTH = 440


class Purpose(Enum):
    """What the dialog is for."""

    SET_UP = "set up"
    REPLACE = "replace"
    RENEW = "renew"
    SWITCH_OFF = "switch off"


class _Words(NamedTuple):
    title: str
    why: str
    go: str
    done: str


_WORDS: Final = {
    Purpose.SET_UP: _Words(
        "Set up an authenticator app",
        "From then on a code of the app is asked for at each sign-in, after the password. Your"
        " other windows are signed out.",
        "Go on",
        "A code of your app is asked for from now on.",
    ),
    Purpose.REPLACE: _Words(
        "Use another app",
        "The app you have now counts until the new one has shown its first code. Your other"
        " windows are signed out.",
        "Go on",
        "Your new app counts from now on.",
    ),
    Purpose.RENEW: _Words(
        "New recovery codes",
        "You get ten new codes; those you have now are void then.",
        "Make new codes",
        "You have new recovery codes.",
    ),
    Purpose.SWITCH_OFF: _Words(
        "Switch the second factor off",
        "From then on your password alone is enough to sign in. Your other windows are signed out.",
        "Switch off",
        "No code is asked for any more.",
    ),
}


class FactorDialog(Dialog):
    """Asks for the proof first; what follows depends on the purpose."""

    done_with = pyqtSignal(str)
    """One sentence: what has changed."""

    def __init__(self, desktop: Desktop, purpose: Purpose, parent: QWidget) -> None:
        """Begin with the proof."""
        super().__init__(parent)
        self._desktop = desktop
        self._purpose = purpose
        self._words = _WORDS[purpose]
        self._page: Page | None = None
        self.enrol_page: EnrolPage | None = None
        self.recovery_page: RecoveryPage | None = None
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(self._words.title)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 20, 24, 20)
        asks_code = purpose is not Purpose.SET_UP
        self.proof_page = ProofPage(self._words.why, self._words.go, asks_code=asks_code)
        self.proof_page.proved.connect(self._on_proved)
        self._show(self.proof_page)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press the button that has the focus on Enter, else go on with the page."""
        is_on_button = isinstance(self.focusWidget(), QPushButton)
        if is_enter(event) and not is_on_button and self._page is not None:
            self._page.go_on()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Be as high as what is said."""
        done = bool(super().event(event))
        if event.type() == QEvent.LayoutRequest:
            fit_height(self, _WIDTH)
        return done

    def reject(self) -> None:
        """Leave, but not before codes are kept that are never shown again."""
        if self.recovery_page is not None and self._page is self.recovery_page:
            self.recovery_page.go_on()
        else:
            super().reject()

    def _show(self, page: Page) -> None:
        if self._page is not None:
            self._page.hide()
        self._page = page
        page.back_wanted.connect(self.reject)
        for button in page.findChildren(QPushButton):
            # Enter is this dialog's own affair.
            button.setAutoDefault(False)
        self._column.addWidget(page)
        page.show()
        fit_height(self, _WIDTH)
        page.focus_first()

    def _on_proved(self, password: str, code: str) -> None:
        desk = self._desktop.desk.second_factors
        call: Callable[[], Any]
        then: Callable[[Any], object] = self._show_enrolment
        try:
            if self._purpose is Purpose.SET_UP:
                call = partial(desk.begin, Proof(password=password))
            elif self._purpose is Purpose.REPLACE:
                call = partial(desk.begin, Proof(password=password, code=code))
            elif self._purpose is Purpose.RENEW:
                call = partial(desk.renew_codes, CodeProof(password=password, code=code))
                then = self._show_codes
            else:
                call = partial(desk.remove, CodeProof(password=password, code=code))
                then = self._on_removed
        except ValidationError as error:
            self.proof_page.say(str(invalid(error)))
            return
        self._ask(call, then)

    def _on_removed(self, _: None) -> None:
        self._finish()

    def _ask(self, call: Callable[[], Any], then: Callable[[Any], object]) -> None:
        page = self._page
        if page is None or page.is_busy:
            return
        page.set_busy(True, "One moment…")
        job = self._desktop.background.run(self, call)
        job.finally_(lambda: page.set_busy(False)).then(then).failed(self._on_failed)

    def _show_enrolment(self, enrolment: Enrolment) -> None:
        page = self.enrol_page = EnrolPage()
        page.entered.connect(self._on_code)
        page.back_button.setText("Cancel")
        self._show(page)
        page.show_enrolment(enrolment, why="")

    def _on_code(self, code: str) -> None:
        confirm = self._desktop.desk.second_factors.confirm
        self._ask(partial(confirm, Confirmation(code=code)), self._show_codes)

    def _show_codes(self, codes: RecoveryCodes) -> None:
        page = self.recovery_page = RecoveryPage(self._desktop.background)
        page.kept.connect(self._finish)
        page.show_codes(codes.codes, self._desktop.person.username)
        page.go_button.setText("Done")
        self._show(page)

    def _finish(self) -> None:
        self.done_with.emit(self._words.done)
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        page, sentence = self._page, sentence_of(error)
        if page is self.proof_page:
            field = error.field if isinstance(error, DeskError) else None
            self.proof_page.show_wrong(sentence, field)
        elif page is not None:
            page.show_refused(sentence)
