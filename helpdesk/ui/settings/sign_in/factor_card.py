# SPDX-License-Identifier: GPL-3.0-or-later
"""Says whether codes are asked for at sign-in, and leads to what can be done about it."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.accounts import SecondFactorView
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.sign_in.factor_dialog import Purpose
from helpdesk.ui.settings.words import SIGN_IN
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip
from helpdesk.ui.widgets.times import full_time, relative_time

_OFF = (
    "Your password alone is enough to sign in. With an authenticator app on your phone, nobody"
    " signs in with a stolen password."
)
_ON = "A code of your authenticator app is asked for at each sign-in, set up {}."
_REQUIRED = "Your role needs it, so that it cannot be switched off."
_CODES = "{} recovery codes are left, for when the app is not at hand."
_ONE_CODE = "One recovery code is left, for when the app is not at hand."
_NO_CODES = "No recovery code is left: make new ones before you need them."
_FEW = 3


class FactorCard(QFrame):
    """The state, and buttons for what it allows."""

    wanted = pyqtSignal(object)
    """A ``Purpose``."""

    def __init__(self, clock: Clock, *, may_change: bool) -> None:
        """Begin without a state."""
        super().__init__()
        self._clock = clock
        self._may_change = may_change
        self.chip = Chip("Off")
        self.state = PlainLabel()
        self.codes = PlainLabel()
        self.remedy = PlainLabel(role="error")
        self.set_up_button = self._button("Set up an authenticator app…", Purpose.SET_UP)
        self.replace_button = self._button("Use another app…", Purpose.REPLACE)
        self.renew_button = self._button("New recovery codes…", Purpose.RENEW)
        self.off_button = self._button("Switch off…", Purpose.SWITCH_OFF)
        self._buttons = (
            self.set_up_button, self.replace_button, self.renew_button, self.off_button,
        )  # fmt: skip
        self._build()

    def show_state(self, view: SecondFactorView) -> None:
        """Show how it is."""
        self.chip.set_text(*(("On", "success") if view.on else ("Off", "neutral")))
        since = view.since
        when = relative_time(since, self._clock()) if since else ""
        said = _ON.format(when) if view.on else _OFF
        self.state.setText(f"{said} {_REQUIRED}" if view.required and view.on else said)
        self.state.setToolTip(plain_tooltip(full_time(since)) if since else "")
        self._show_codes(view)
        self.remedy.setText("" if view.can_enrol else view.remedy)
        self.remedy.setVisible(not view.can_enrol and bool(view.remedy))
        self.set_up_button.setVisible(not view.on)
        for button in (self.replace_button, self.renew_button):
            button.setVisible(view.on)
        self.off_button.setVisible(view.on and not view.required)
        for button in (self.set_up_button, self.replace_button):
            button.setEnabled(self._may_change and view.can_enrol)

    def _show_codes(self, view: SecondFactorView) -> None:
        left = view.recovery_codes_left
        words = {0: _NO_CODES, 1: _ONE_CODE}.get(left, _CODES.format(left))
        self.codes.setText(words)
        self.codes.setVisible(view.on)
        self.codes.setProperty("role", "waiting" if left < _FEW else "muted")
        self.codes.style().unpolish(self.codes)
        self.codes.style().polish(self.codes)

    def _build(self) -> None:
        card = Card(self, SIGN_IN.setting("second_factor").name)
        state = QHBoxLayout()
        state.setSpacing(10)
        state.addWidget(self.chip, 0, Qt.AlignTop)
        state.addWidget(self.state, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch(1)
        card.addLayout(state)
        card.addWidget(self.codes)
        card.addWidget(self.remedy)
        card.addLayout(row)

    def _button(self, text: str, purpose: Purpose) -> QPushButton:
        button = QPushButton(text)
        button.setEnabled(self._may_change)
        button.clicked.connect(lambda: self.wanted.emit(purpose))
        return button
