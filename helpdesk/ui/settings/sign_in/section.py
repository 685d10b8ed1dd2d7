# SPDX-License-Identifier: GPL-3.0-or-later
"""The section in which everybody looks after how they sign in, and where they are signed in."""

from __future__ import annotations

from PyQt5.QtWidgets import QPushButton, QWidget

from helpdesk.core.schemas.accounts import SecondFactorView, SessionList
from helpdesk.core.schemas.users import AccountOrigin
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.password_dialog import PasswordDialog
from helpdesk.ui.settings.section import Section
from helpdesk.ui.settings.sign_in.factor_card import FactorCard
from helpdesk.ui.settings.sign_in.factor_dialog import FactorDialog, Purpose
from helpdesk.ui.settings.sign_in.password_card import PasswordCard
from helpdesk.ui.settings.sign_in.sessions_card import SessionsCard
from helpdesk.ui.settings.words import SIGN_IN

_READ_ONLY = "This desk can only be read at the moment; settings cannot be changed."
_CHANGED = "Your password was changed; your other windows were signed out."
_ENDED = "The session has ended."
_ALL_ENDED = "All your other sessions have ended."


class SignInSection(Section):
    """Three cards: the password, the second factor, the sessions."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin loading when it is looked at."""
        super().__init__(desktop, SIGN_IN)
        self._factor: SecondFactorView | None = None
        self._wanted = ""
        may_change = not desktop.info.read_only
        self.password = PasswordCard(desktop.person, may_change=may_change)
        self.password.change_wanted.connect(self.change_password)
        self.factor = FactorCard(desktop.clock, may_change=may_change)
        self.factor.wanted.connect(self.open_dialog)
        if desktop.person.origin is AccountOrigin.OIDC:
            # A provider's people prove nothing here: whether it asks for codes is its own affair.
            self.factor.hide()
        self.sessions = SessionsCard(desktop.clock, may_change=may_change)
        self.sessions.end_wanted.connect(self._on_end)
        self.sessions.end_others_wanted.connect(self._on_end_others)
        for card in (self.password, self.factor, self.sessions):
            self.body.addWidget(card)
        self.body.addStretch(1)
        if not may_change:
            self.banner.show_quiet(_READ_ONLY)

    def concerns(self, kind: str, ids: tuple[int, ...]) -> bool:
        """Listen to the own account, and to what roles need."""
        is_own = kind == "user" and (not ids or self.desktop.person.id in ids)
        return is_own or kind == "security"

    def load(self) -> None:
        """Ask the desk."""
        if self._factor is None:
            self.states.show_loading()
        job = self.desktop.background.latest(self, self.desktop.desk.second_factors.state)
        job.then(self._show_factor).failed(self._on_not_loaded)
        self._load_sessions()

    def reveal(self, key: str) -> None:
        """Bring a setting into view, as soon as it is there."""
        if self._factor is None or (key == "sessions" and not self.sessions.rows):
            self._wanted = key
            return
        cards = {"password": self.password, "sessions": self.sessions}
        card: QWidget = cards.get(key, self.factor)
        self.bring_into_view(card)
        buttons = [each for each in card.findChildren(QPushButton) if not each.isHidden()]
        if buttons:
            buttons[0].setFocus()

    def change_password(self) -> PasswordDialog:
        """Ask for another password."""
        dialog = PasswordDialog(self.desktop, self)
        dialog.changed.connect(lambda: self.said.emit(_CHANGED))
        dialog.changed.connect(self._load_sessions)
        dialog.open()
        return dialog

    def open_dialog(self, purpose: Purpose) -> FactorDialog:
        """Set up an app, or whatever else is wanted."""
        dialog = FactorDialog(self.desktop, purpose, self)
        dialog.done_with.connect(self.said)
        dialog.done_with.connect(self.load)
        dialog.open()
        return dialog

    def _load_sessions(self) -> None:
        job = self.desktop.background.latest(self, self.desktop.desk.profiles.sessions)
        job.then(self._show_sessions)
        job.failed(self._on_no_sessions)

    def _show_factor(self, view: SecondFactorView) -> None:
        self._factor = view
        self.factor.show_state(view)
        self.states.show_content()
        self._reveal_wanted()

    def _show_sessions(self, sessions: SessionList) -> None:
        self.sessions.show_sessions(sessions)
        self._reveal_wanted()

    def _reveal_wanted(self) -> None:
        if wanted := self._wanted:
            self._wanted = ""
            self.reveal(wanted)

    def _on_no_sessions(self, error: Exception) -> None:
        self._wanted = ""
        self.sessions.show_error(sentence_of(error))

    def _on_not_loaded(self, error: Exception) -> None:
        if self._factor is None:
            self.states.show_failed(sentence_of(error), self.load)
        else:
            self.banner.show_error(sentence_of(error), "Retry", self.load)

    def _on_end(self, session_id: int) -> None:
        end = self.desktop.desk.profiles.end_session
        job = self.desktop.background.run(self, end, session_id)
        job.then(lambda _: self._on_ended(_ENDED))
        job.failed(lambda error: self.sessions.show_error(sentence_of(error)))

    def _on_end_others(self) -> None:
        job = self.desktop.background.run(self, self.desktop.desk.profiles.end_others)
        job.then(lambda _: self._on_ended(_ALL_ENDED))
        job.failed(lambda error: self.sessions.show_error(sentence_of(error)))

    def _on_ended(self, sentence: str) -> None:
        self.said.emit(sentence)
        self._load_sessions()
