# SPDX-License-Identifier: GPL-3.0-or-later
"""Says where the own password is kept, and leads to another one."""

from __future__ import annotations

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton

from helpdesk.core.schemas.users import AccountOrigin, UserView
from helpdesk.ui.settings.row import Card
from helpdesk.ui.settings.words import SIGN_IN
from helpdesk.ui.widgets.plain_label import PlainLabel

_ELSEWHERE = "Your password is kept where your account comes from ({}); change it there."
_HERE = "When you change it, your other windows are signed out."


class PasswordCard(QFrame):
    """One sentence and one button."""

    change_wanted = pyqtSignal()

    def __init__(self, person: UserView, *, may_change: bool) -> None:
        """Speak of somebody's password."""
        super().__init__()
        is_here = person.origin is AccountOrigin.LOCAL
        card = Card(self, SIGN_IN.setting("password").name)
        card.addWidget(PlainLabel(_HERE if is_here else _ELSEWHERE.format(person.origin.label)))
        self.change_button = QPushButton("Change password…")
        self.change_button.clicked.connect(lambda: self.change_wanted.emit())
        self.change_button.setEnabled(may_change)
        row = QHBoxLayout()
        row.addWidget(self.change_button)
        row.addStretch(1)
        if is_here:
            card.addLayout(row)
        else:
            self.change_button.hide()
