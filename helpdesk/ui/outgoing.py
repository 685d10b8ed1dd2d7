# SPDX-License-Identifier: GPL-3.0-or-later
"""What a main window does about actions that were sent later, or were refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt5.QtCore import QObject, QTimer

from helpdesk.client.connection import Connection
from helpdesk.core.schemas.tickets import NewTicket
from helpdesk.ui.outbox_dialog import OutboxDialog
from helpdesk.ui.submit_ticket_tab import SubmitTicketTab
from helpdesk.ui.tickets.list_tab import TicketListTab
from helpdesk.ui.tickets.ticket_pane import TicketPane
from helpdesk.ui.waiting_words import NOT_SENT, dto_of, how_many, words_of
from helpdesk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from helpdesk.client.outbox import PendingAction
    from helpdesk.ui.main_window import MainWindow

_TOLD_SECONDS = 15
_REASON_MS = 400
_ENDED = "Your session has ended; sign in again."


class Outgoing(QObject):
    """Follows the link of a window: says what became of actions and leads to where they go on."""

    def __init__(self, window: MainWindow) -> None:
        """Work for a window as long as it lives."""
        super().__init__(window)
        self._window = window
        self._desktop = window.desktop
        link = self._desktop.link
        link.connection_changed.connect(self._on_connection)
        link.sent.connect(self._on_sent)
        link.refused.connect(self._on_refused)
        link.not_discarded.connect(self._on_not_discarded)
        link.outbox_wanted.connect(self.show_outbox)
        link.edit_wanted.connect(self._on_edit_wanted)
        link.review_wanted.connect(self._on_review_wanted)

    def show_outbox(self) -> None:
        """Show what waits to be sent, and what was refused."""
        OutboxDialog(self._desktop, self._window).open()

    def _on_connection(self, connection: Connection) -> None:
        feed = self._desktop.feed
        if connection is Connection.CONNECTED:
            feed.catch_up()
        elif connection is Connection.AWAY:
            feed.fell_behind()
        elif connection is Connection.SIGNED_OUT:
            # Whoever heard of it with a call is about to say why.
            QTimer.singleShot(_REASON_MS, self._on_session_ended)

    def _on_session_ended(self) -> None:
        remote = self._desktop.remote
        self._window.sign_out((remote and remote.signed_out_reason) or _ENDED)

    def _on_sent(self, count: int) -> None:
        verb = "was" if count == 1 else "were"
        self._window.say(f"{how_many(count).capitalize()} that waited {verb} sent.")

    def _on_not_discarded(self) -> None:
        self._window.say("It could not be discarded: it is on its way to the server already.")

    def _on_refused(self, actions: tuple[PendingAction, ...]) -> None:
        if len(actions) == 1:
            sentence = f"{NOT_SENT}: {words_of(actions[0], self._desktop.link.categories)}"
        else:
            sentence = f"{how_many(len(actions)).capitalize()} were not taken by the server."
        Toast.say(self._window, sentence, "Show", self.show_outbox, seconds=_TOLD_SECONDS)

    def _on_edit_wanted(self, action: PendingAction) -> None:
        if isinstance(dto_of(action), NewTicket):
            tab = self._window.open_tab("submit")
            if isinstance(tab, SubmitTicketTab):
                tab.put_back(action)
        elif (pane := self._pane_for(action)) is not None:
            pane.put_back(action)

    def _on_review_wanted(self, action: PendingAction) -> None:
        if (pane := self._pane_for(action)) is not None:
            pane.review(action)

    def _pane_for(self, action: PendingAction) -> TicketPane | None:
        """Open the ticket of an action: in front if tickets are there, else where one works."""
        if action.ticket_id is None:
            return None
        tab = self._window.current_tab()
        if not isinstance(tab, TicketListTab):
            where = "manage" if "manage" in self._window.tab_keys else "view"
            tab = self._window.open_tab(where)
        if not isinstance(tab, TicketListTab):
            return None
        tab.show_ticket(action.ticket_id)
        return tab.pane
