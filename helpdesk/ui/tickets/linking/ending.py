# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks before a ticket is resolved or closed that others hang on: children, or what blocks it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PyQt5.QtCore import QObject, Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.links import (
    ChildrenEnd,
    ChildrenEnded,
    LinkedTicketView,
    Relation,
    words_of_end,
)
from helpdesk.core.schemas.ticket_work import TicketRef
from helpdesk.core.schemas.tickets import Status, TicketRow, TicketView
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.widgets.dialog import Dialog
from helpdesk.ui.widgets.plain_label import PlainLabel

_WIDTH = 440
_NAMED = 5
DONE = {Status.RESOLVED: "Resolve", Status.CLOSED: "Close"}
"""What is done to a ticket that ends."""

GoOn = Callable[[], object]
EndAll = Callable[[Status], object]


class EndDialog(Dialog):
    """One question, with all that hangs on the ticket named."""

    chosen = pyqtSignal(bool)
    """The ticket is to end; whether its open children are to end with it."""

    def __init__(
        self,
        ticket: TicketView | TicketRow,
        status: Status,
        children: Sequence[LinkedTicketView],
        blocking: Sequence[LinkedTicketView],
        parent: QWidget,
        tasks: str = "",
    ) -> None:
        """Ask about the open children, warn of what blocks the ticket and of open ``tasks``."""
        super().__init__(parent)
        self.setAttribute(Qt.WA_DeleteOnClose)
        verb = DONE[status]
        count = "child" if len(children) == 1 else f"{len(children)} children"
        alone = f"{ticket.number} is blocked" if blocking else f"{verb} {ticket.number}?"
        title = f"{verb} the {count} too?" if children else alone
        self.setWindowTitle(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(PlainLabel(title, role="heading"))
        if tasks:
            column.addWidget(PlainLabel(tasks))
        if blocking:
            column.addWidget(PlainLabel(f"{ticket.number} is blocked by what is open still:"))
            column.addWidget(PlainLabel(named([each.ticket for each in blocking]), role="muted"))
        if children:
            column.addWidget(PlainLabel(f"Open below {ticket.number}:"))
            column.addWidget(PlainLabel(named([each.ticket for each in children]), role="muted"))
        self.all_button = QPushButton(f"{verb} all {len(children) + 1}")
        self.only_button = QPushButton("Only this" if children else f"{verb} anyway")
        self.keep_button = QPushButton("Cancel")
        if not children:
            self.all_button.hide()
        first = self.all_button if children else self.keep_button
        first.setDefault(True)
        if children:
            self.all_button.setProperty("kind", "primary")
        self.all_button.clicked.connect(lambda: self._choose(children_too=True))
        self.only_button.clicked.connect(lambda: self._choose(children_too=False))
        self.keep_button.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.keep_button)
        foot.addStretch(1)
        foot.addWidget(self.only_button)
        foot.addWidget(self.all_button)
        for button in (self.all_button, self.only_button, self.keep_button):
            button.setAutoDefault(button is first)
        column.addSpacing(8)
        column.addLayout(foot)
        self.setFixedWidth(_WIDTH)
        first.setFocus()

    def _choose(self, *, children_too: bool) -> None:
        self.accept()
        self.chosen.emit(children_too)


class Ending(QObject):
    """Lets a ticket end at once, or asks first."""

    said = pyqtSignal(str)
    done = pyqtSignal(int, str)
    """A deed, and what it was in words."""
    failed = pyqtSignal(object)

    def __init__(self, desktop: Desktop, owner: QWidget) -> None:
        """Ask over the window of ``owner``."""
        super().__init__(owner)
        self._desktop = desktop
        self._owner = owner
        self._links: tuple[int, tuple[LinkedTicketView, ...]] | None = None
        self._tasks: tuple[int, int, int] | None = None
        self._ended: dict[int, ChildrenEnded] = {}
        self._waiting: dict[int, Status] = {}

    def know(self, ticket_id: int, links: tuple[LinkedTicketView, ...]) -> None:
        """Take note of the links of the ticket shown."""
        self._links = ticket_id, links

    def know_tasks(self, ticket_id: int, still_open: int, all_of_them: int) -> None:
        """Take note of how many tasks of the ticket shown are open, and how many there are."""
        self._tasks = ticket_id, still_open, all_of_them

    def would_ask(self, ticket: TicketView, status: Status) -> bool:
        """Return whether others hang on a ticket that is to get a status."""
        return any(self._hanging(ticket, status)) or bool(self._open_tasks(ticket, status))

    def ask(
        self, ticket: TicketView, status: Status, go_on: GoOn, end_all: EndAll | None = None
    ) -> bool:
        """Go on, at once or when the person has agreed; return whether it was at once.

        ``end_all`` ends the children in one deed with the ticket. Without it they wait for
        ``went_on``: what ends the ticket may be kept back until then.
        """
        children, blocking = self._hanging(ticket, status)
        tasks = self._open_tasks(ticket, status)
        if not children and not blocking and not tasks:
            go_on()
            return True
        dialog = EndDialog(ticket, status, children, blocking, self._owner.window(), tasks)
        dialog.chosen.connect(partial(self._on_chosen, ticket.id, status, go_on, end_all))
        dialog.open()
        return False

    def _hanging(
        self, ticket: TicketView, status: Status
    ) -> tuple[list[LinkedTicketView], list[LinkedTicketView]]:
        """Return the open children of a ticket that is to end, and what is open and blocks it."""
        ends = ticket.status.is_open and not status.is_open
        if not ends or self._links is None or self._links[0] != ticket.id:
            return [], []
        return hanging(self._links[1])

    def _open_tasks(self, ticket: TicketView, status: Status) -> str:
        """Say how many tasks of a ticket that is to end are open; nothing where none is."""
        ends = ticket.status.is_open and not status.is_open
        if not ends or self._tasks is None or self._tasks[0] != ticket.id or not self._tasks[1]:
            return ""
        _, still_open, all_of_them = self._tasks
        if all_of_them == 1:
            return "Its only task is open."
        return f"{still_open} of {all_of_them} tasks {'is' if still_open == 1 else 'are'} open."

    def end_all(self, ticket_id: int, status: Status, version: int) -> TicketView:
        """End a ticket with its open children; runs on a thread of the pool."""
        end = ChildrenEnd(status=status, version=version)
        ended = self._desktop.desk.ticket_links.end_children(ticket_id, end)
        if ended.ticket is None:
            raise ValueError("a ticket of a version ends with its children")
        self._ended[ticket_id] = ended
        return ended.ticket

    def words_of(self, ticket: TicketView) -> str | None:
        """Say once what has ended with a ticket; ``None`` where nothing has."""
        ended = self._ended.pop(ticket.id, None)
        return None if ended is None else _words(ticket.number, ticket.status, ended, alone=False)

    def went_on(self, ticket: TicketView) -> None:
        """End the children that waited for what was said on a ticket to end it."""
        status = self._waiting.pop(ticket.id, None)
        if status is ticket.status:
            end = self._desktop.desk.ticket_links.end_children
            job = self._desktop.background.run(self, end, ticket.id, ChildrenEnd(status=status))
            job.then(partial(self._on_ended, ticket)).failed(self.failed.emit)

    def stays(self, ticket_id: int) -> None:
        """Let the children be, as what was to end their ticket was kept back."""
        self._waiting.pop(ticket_id, None)

    def _on_chosen(
        self,
        ticket_id: int,
        status: Status,
        go_on: GoOn,
        end_all: EndAll | None,
        children_too: bool,
    ) -> None:
        self._waiting.pop(ticket_id, None)
        if children_too and end_all is not None:
            end_all(status)
            return
        if children_too:
            self._waiting[ticket_id] = status
        go_on()

    def _on_ended(self, ticket: TicketView, ended: ChildrenEnded) -> None:
        words = _words(ticket.number, ticket.status, ended, alone=True)
        self.said.emit(words)
        if ended.undo is not None:
            self.done.emit(ended.undo, words)


def hanging(
    links: Sequence[LinkedTicketView],
) -> tuple[list[LinkedTicketView], list[LinkedTicketView]]:
    """Return of a ticket's links its open children, and what is open and blocks it."""
    return (
        [each for each in links if _is_open(each, Relation.PARENT)],
        [each for each in links if _is_open(each, Relation.BLOCKED_BY)],
    )


def _words(number: str, status: Status, ended: ChildrenEnded, *, alone: bool) -> str:
    said = words_of_end(number, status, len(ended.ended), alone=alone)
    return ". ".join([said, *ended.refused])


def _is_open(link: LinkedTicketView, relation: Relation) -> bool:
    return link.relation is relation and link.status.is_open


def named(tickets: Sequence[TicketRef]) -> str:
    """Name the first of some tickets, one a line, and say how many more there are."""
    lines = [f"{each.number} {each.subject}" for each in tickets[:_NAMED]]
    more = len(tickets) - len(lines)
    return "\n".join([*lines, f"and {more:,} more"] if more else lines)
