# SPDX-License-Identifier: GPL-3.0-or-later
"""One API key on the screen: its name and state, whom it acts as, what it may, and its times."""

from __future__ import annotations

from datetime import datetime

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from helpdesk.core.schemas.api_keys import ApiKeyView
from helpdesk.ui.settings.api_keys.words import can_be_used, scopes_of, state_of, times_of
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel


class ApiKeyRow(QFrame):
    """What is known of a key; the key itself nobody can read any more."""

    revoke_wanted = pyqtSignal()

    def __init__(self, key: ApiKeyView, now: datetime, *, may_change: bool) -> None:
        """Show a key as it stands at this moment."""
        super().__init__()
        self.key = key
        self.setProperty("kind", "row")
        name = ElidedLabel(role="strong")
        name.setText(key.name)
        state, tone = state_of(key, now)
        self.revoke_button = QPushButton("Revoke")
        self.revoke_button.setProperty("kind", "danger")
        self.revoke_button.setAccessibleName(f"Revoke {key.name}")
        self.revoke_button.clicked.connect(self.revoke_wanted)
        if not (may_change and can_be_used(key, now)):
            self.revoke_button.hide()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(name, 1)
        head.addWidget(Chip(state, tone))
        head.addWidget(self.revoke_button)
        owner = PlainLabel(f"Acts as {key.owner.full_name} · {times_of(key, now)}", "secondary")
        scopes = PlainLabel(scopes_of(key), "secondary", max_lines=2)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(3)
        column.addLayout(head)
        column.addWidget(owner)
        column.addWidget(scopes)
        self.setAccessibleName(f"{key.name}, {state}, acts as {key.owner.full_name}")
