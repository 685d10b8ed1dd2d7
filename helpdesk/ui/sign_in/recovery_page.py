# SPDX-License-Identifier: GPL-3.0-or-later
"""Where recovery codes are shown once, between setting up an app and being let in."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import pyqtSignal

from helpdesk.ui.background import Background
from helpdesk.ui.sign_in.page import Page
from helpdesk.ui.sign_in.recovery_view import RecoveryView

_TICK = "Keep the codes first, then tick the box above."


class RecoveryPage(Page):
    """Lets nobody on who has not said that the codes are kept."""

    kept = pyqtSignal()

    def __init__(self, background: Background) -> None:
        """Begin without codes."""
        super().__init__()
        self.add_words("Keep your recovery codes", "heading", space=2)
        self.view = RecoveryView(background)
        self.view.kept_changed.connect(lambda _: self.say(""))
        self.column.addWidget(self.view)
        self.go_button = self.add_primary("Continue", self._on_go)
        self.column.addStretch(1)

    def show_codes(self, codes: Sequence[str], whose: str) -> None:
        """Show the codes."""
        self.view.show_codes(codes, whose)
        self.say("")

    def focus_first(self) -> None:
        """Offer to copy them."""
        self.view.copy_button.setFocus()

    def _on_go(self) -> None:
        if not self.view.kept_box.isChecked():
            self.say(_TICK)
            self.view.kept_box.setFocus()
            return
        self.kept.emit()
        self.view.forget()
