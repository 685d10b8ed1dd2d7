# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown while the desk is being opened."""

from __future__ import annotations

from helpdesk.ui.sign_in.page import Page


class WaitPage(Page):
    """One sentence."""

    def __init__(self) -> None:
        """Speak of the desk of this workstation."""
        super().__init__()
        self._words = self.add_words("Opening the desk…")
        self.column.addStretch(1)

    def set_server(self, host: str) -> None:
        """Speak of a server."""
        self._words.setText(f"Connecting to {host}…")
