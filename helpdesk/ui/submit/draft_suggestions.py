# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks the desk what it can say of a ticket while somebody writes it, and never holds them up."""

from __future__ import annotations

from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from helpdesk.client.connection import Connection
from helpdesk.core.schemas.tickets import Priority
from helpdesk.core.schemas.triage import DraftSuggestion, Origin, Suggested, TicketDraft
from helpdesk.core.text import SUBJECT_LIMIT
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop

PAUSE_MS = 300
_LOOKED_AT = 10_000
"""Characters of a description that are looked at: what follows is a log, as a rule."""
NOTHING = DraftSuggestion()


class DraftSuggestions(QObject):
    """Tells at each pause in typing what the desk suggests; an answer out of date is dropped.

    Without a connection, and when the desk cannot say anything, it tells `NOTHING`.
    """

    changed = pyqtSignal(object)
    """The ``DraftSuggestion`` for what is written."""

    def __init__(self, desktop: Desktop, parent: QObject) -> None:
        """Begin with nothing written."""
        super().__init__(parent)
        self._desktop = desktop
        self._draft: TicketDraft | None = None
        self._asked: TicketDraft | None = None
        self._told = NOTHING
        self._requester_id: int | None = None
        self._job: Job[DraftSuggestion] | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._ask)
        desktop.link.connection_changed.connect(self._on_connection)

    def ask(
        self,
        subject: str,
        description: str,
        category_id: int | None = None,
        priority: Priority | None = None,
        requester_id: int | None = None,
    ) -> None:
        """Ask at the next pause for a draft, with what the person has chosen of it by hand.

        What was suggested, or is being asked, for somebody else is of no use for this requester.
        """
        if requester_id != self._requester_id:
            self._requester_id = requester_id
            self._give_up()
        if not (subject.strip() or description.strip()):
            self._draft = None
            self._give_up()
            return
        self._draft = TicketDraft(
            subject=subject[:SUBJECT_LIMIT],
            description=description[:_LOOKED_AT],
            category_id=category_id,
            priority=priority,
            requester_id=requester_id,
        )
        self._pause.start()

    def _ask(self) -> None:
        if self._draft is None or self._draft == self._asked:
            return
        if self._desktop.link.connection is Connection.AWAY:
            self._give_up()
            return
        self._asked = self._draft
        for_draft = self._desktop.desk.triage.for_draft
        self._job = self._desktop.background.latest(self, for_draft, self._draft)
        self._job.then(self._tell).failed(lambda _: self._give_up())

    def _give_up(self) -> None:
        self._ask_no_more()
        self._tell(NOTHING)

    def _tell(self, suggestion: DraftSuggestion) -> None:
        if suggestion != self._told:
            self._told = suggestion
            self.changed.emit(suggestion)

    def _on_connection(self, connection: Connection) -> None:
        """Ask again as soon as the desk answers; what it has said of the fields holds meanwhile."""
        if connection is Connection.CONNECTED and self._draft is not None:
            self._pause.start()
        elif connection is Connection.AWAY:
            self._ask_no_more()
            told = self._told
            self._tell(DraftSuggestion(category=told.category, priority=told.priority))

    def _ask_no_more(self) -> None:
        self._pause.stop()
        self._asked = None
        if self._job is not None:
            self._job.cancel()
            self._job = None


def basis_of(suggested: Suggested | None) -> str:
    """Return what a suggestion rests on, in words."""
    if suggested is None:
        return ""
    said = _BASES[suggested.origin]
    if suggested.origin is Origin.HISTORY and suggested.tickets:
        number = len(suggested.tickets)
        said = f"From {number} similar tickets" if number > 1 else "From a similar ticket"
    return f"{said}. {suggested.reason}" if suggested.reason else f"{said}."


_BASES = {
    Origin.HISTORY: "From tickets of the past",
    Origin.MODEL: "From the model",
    Origin.BOTH: "From tickets of the past and the model",
    Origin.ARTICLES: "From articles",
}
