# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists where somebody is signed in, and ends what is not wanted any more."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from helpdesk.core.clock import Clock
from helpdesk.core.schemas.accounts import SessionInfo, SessionList
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.words import SIGN_IN
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip
from helpdesk.ui.widgets.times import full_time, relative_time

_HERE = "local"
_UNKNOWN = "An unnamed device"
_ALONE = "You are signed in nowhere else."
_LOADING = "Looking where you are signed in…"


class SessionRow(QFrame):
    """One session, and a button that ends it."""

    end_wanted = pyqtSignal(int)

    def __init__(self, session: SessionInfo, clock: Clock, *, may_change: bool) -> None:
        """Show a session; this window's own is ended by signing out."""
        super().__init__()
        self.setProperty("kind", "row")
        device = session.device or _UNKNOWN
        self.end_button = QPushButton("End")
        self.end_button.setAccessibleName(f"End the session on {device}")
        if session.is_this:
            self.end_button.hide()
        self.end_button.setEnabled(may_change)
        self.end_button.clicked.connect(lambda: self.end_wanted.emit(session.id))
        name = QHBoxLayout()
        name.setSpacing(8)
        name.addWidget(ElidedLabel(device, role="strong"))
        if session.is_this:
            name.addWidget(Chip("This window", "accent"))
        name.addStretch(1)
        now = clock()
        where = "on this workstation" if session.source == _HERE else f"from {session.source}"
        times = PlainLabel(
            f"Signed in {relative_time(session.began_at, now)}"
            f" · last used {relative_time(session.used_at, now)} · {where}",
            role="secondary",
        )
        began, used = full_time(session.began_at), full_time(session.used_at)
        times.setToolTip(plain_tooltip(f"Signed in {began}\nLast used {used}"))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addLayout(name)
        words.addWidget(times)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 10, 10)
        row.setSpacing(8)
        row.addLayout(words, 1)
        row.addWidget(self.end_button, 0, Qt.AlignVCenter)


class SessionsCard(QFrame):
    """The sessions, the one used last first."""

    end_wanted = pyqtSignal(int)
    end_others_wanted = pyqtSignal()

    def __init__(self, clock: Clock, *, may_change: bool) -> None:
        """Begin without a list."""
        super().__init__()
        self._clock = clock
        self._may_change = may_change
        self.rows: list[SessionRow] = []
        self.sentence = PlainLabel(_LOADING, role="muted")
        self.error = PlainLabel(role="error")
        self.error.hide()
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.end_others_button = QPushButton("End all others")
        self.end_others_button.clicked.connect(lambda: self.end_others_wanted.emit())
        self.end_others_button.hide()
        foot = QHBoxLayout()
        foot.addWidget(self.end_others_button)
        foot.addStretch(1)
        card = Card(self, SIGN_IN.setting("sessions").name)
        card.addWidget(self.sentence)
        card.addLayout(self._list)
        card.addWidget(self.error)
        card.addLayout(foot)

    def show_sessions(self, sessions: SessionList) -> None:
        """Show the sessions there are now; the focus stays where it was, or goes to the next."""
        buttons, current = [row.end_button for row in self.rows], self.window().focusWidget()
        focused = next((i for i, each in enumerate(buttons) if each is current), None)
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = [self._row(each) for each in sessions.items]
        for row in self.rows:
            self._list.addWidget(row)
        others = sum(not each.is_this for each in sessions.items)
        self.sentence.setText(_ALONE)
        self.sentence.setVisible(not others)
        self.end_others_button.setVisible(others > 0)
        self.end_others_button.setEnabled(self._may_change)
        self.show_error("")
        if focused is not None:
            self._focus_near(focused)

    def show_error(self, sentence: str) -> None:
        """Say what could not be done."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def _row(self, session: SessionInfo) -> SessionRow:
        row = SessionRow(session, self._clock, may_change=self._may_change)
        row.end_wanted.connect(self.end_wanted)
        return row

    def _focus_near(self, place: int) -> None:
        left = [row.end_button for row in self.rows if not row.end_button.isHidden()]
        if left:
            left[min(place, len(left) - 1)].setFocus()
