# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes a ticket from its row or card, where others may have been quicker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QWidget

from helpdesk.core.errors import Unreachable
from helpdesk.core.schemas.links import (
    ChildrenEnd,
    ChildrenEnded,
    LinkedTicketView,
    words_of_end,
)
from helpdesk.core.schemas.tickets import Priority, Status, TicketChange, TicketRow, TicketView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.attempts import Attempts
from helpdesk.ui.tickets.linking.ending import EndDialog, hanging
from helpdesk.ui.tickets.undo.undoer import Undoer
from helpdesk.ui.waiting_words import KEPT
from helpdesk.ui.widgets.toast import Toast


class RowChanges(QObject):
    """Tries it on what was seen; asks where that has changed, and offers to undo it."""

    settled = pyqtSignal()
    """Whatever came of it, the tickets are to be read again."""
    said = pyqtSignal(str)

    def __init__(self, desktop: Desktop, parent: QWidget) -> None:
        """Ask and tell in the window of ``parent``."""
        super().__init__(parent)
        self._over = parent
        self._desktop = desktop
        self._undoer = Undoer(desktop, parent)
        self._undoer.said.connect(self.said)
        self._undoer.done.connect(self.settled)
        self._attempts = Attempts(desktop, parent, _label)
        self._attempts.done.connect(self._on_done)
        self._attempts.kept.connect(lambda: self._end(KEPT))
        self._attempts.failed.connect(self._on_failed)
        self._attempts.agreed.connect(self._on_agreed)
        self._attempts.given_up.connect(lambda now: self._end(f"{now.number} stays as it is now"))

    def set_status(self, row: TicketRow, status: Status) -> None:
        """Move a ticket to a status; where it ends, others may hang on it."""
        if not row.status.is_open or status.is_open:
            self._change(row, {"status": status})
            return
        job = self._desktop.background.run(self, self._desktop.desk.ticket_links.of_ticket, row.id)
        job.then(partial(self._ask_of_links, row, status))
        # Where they cannot be read, as while the server is away, it ends alone.
        job.failed(lambda _: self._change(row, {"status": status}))

    def set_priority(self, row: TicketRow, priority: Priority) -> None:
        """Change the priority of a ticket."""
        self._change(row, {"priority": priority})

    def take(self, row: TicketRow) -> None:
        """Become the assignee of a ticket."""
        take = self._desktop.desk.tickets.take
        mine = {"assignee_id": self._desktop.person.id}
        self._attempts.begin(row.version, mine, lambda _, version: partial(take, row.id, version))

    def _change(self, row: TicketRow, fields: Mapping[str, Any]) -> None:
        change = self._desktop.desk.tickets.change

        def call(mine: Mapping[str, Any], version: int) -> Callable[[], TicketView]:
            return partial(change, row.id, TicketChange(version=version, **mine))

        self._attempts.begin(row.version, fields, call)

    def _ask_of_links(
        self, row: TicketRow, status: Status, links: tuple[LinkedTicketView, ...]
    ) -> None:
        children, blocking = hanging(links)
        if not children and not blocking:
            self._change(row, {"status": status})
            return
        dialog = EndDialog(row, status, children, blocking, self._over.window())
        dialog.chosen.connect(partial(self._end_with, row, status))
        dialog.rejected.connect(self.settled)
        dialog.open()

    def _end_with(self, row: TicketRow, status: Status, children_too: bool) -> None:
        if not children_too:
            self._change(row, {"status": status})
            return
        end = ChildrenEnd(status=status, version=row.version)
        call = self._desktop.desk.ticket_links.end_children
        job = self._desktop.background.run(self, call, row.id, end)
        job.then(partial(self._on_all_ended, row, status)).failed(self._on_failed)

    def _on_all_ended(self, row: TicketRow, status: Status, ended: ChildrenEnded) -> None:
        self.settled.emit()
        said = words_of_end(row.number, status, len(ended.ended), alone=False)
        words = ". ".join([said, *ended.refused])
        if ended.undo is None:
            self.said.emit(words)
        else:
            self._undoer.offer(ended.undo, words)

    def _on_done(self, ticket: TicketView) -> None:
        self.settled.emit()
        words = f"{ticket.number} is {ticket.status.label}"
        if ticket.undo is None:
            self.said.emit(words)
        else:
            self._undoer.offer(ticket.undo, words)

    def _on_agreed(self, now: TicketView) -> None:
        self._end(f"{now.number} is so already: somebody else did the same.")

    def _on_failed(self, error: Exception) -> None:
        if isinstance(error, Unreachable):
            self._desktop.feed.fell_behind()
        Toast.say(self._over.window(), sentence_of(error))
        self.settled.emit()

    def _end(self, sentence: str) -> None:
        self.settled.emit()
        self.said.emit(sentence)


def _label(_field: str, value: Any) -> str:
    """Name what a row can be changed to; a person is the one who took it."""
    return str(value.label) if isinstance(value, Status | Priority) else "You"
