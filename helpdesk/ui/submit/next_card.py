# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of a ticket, as far as it can be told before anything is known of it."""

from __future__ import annotations

from helpdesk.client.connection import Connection
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.submit.card import Card
from helpdesk.ui.widgets.plain_label import PlainLabel


class NextCard(Card):
    """Says what happens after the button, with and without a connection."""

    def __init__(self, desktop: Desktop) -> None:
        """Follow the connection."""
        super().__init__("What happens next")
        self._desktop = desktop
        self._sentence = PlainLabel(role="muted")
        self.add_line(self._sentence)
        desktop.link.connection_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        if self._desktop.link.connection is Connection.AWAY:
            self._sentence.setText(
                "There is no connection at the moment. What you submit is kept on this workstation"
                " and sent by itself as soon as the server answers; then you get a number."
            )
            return
        self._sentence.setText(
            "You get a number at once and the support team sees your ticket. As you write, you see"
            " here by when it is answered. You find the conversation under View Tickets."
        )
