# SPDX-License-Identifier: GPL-3.0-or-later
"""The tickets that a ticket is linked with: each opens on a click, and can be taken away."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout

from helpdesk.core.schemas.links import LinkedTicketView, NewLink
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.linking.pick_dialogs import LinkDialog
from helpdesk.ui.tickets.linking.ticket_picker import status_tone
from helpdesk.ui.tickets.panels.panel import TicketPanel
from helpdesk.ui.tickets.undo.undoer import LINKS
from helpdesk.ui.waiting_words import number_of
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.toast import Toast

Links = tuple[LinkedTicketView, ...]
_UNDO_SECONDS = 10


class LinkedPanel(TicketPanel):
    """One row a link: what the ticket is to the other, which it is, and how that one stands."""

    loaded = pyqtSignal(int, tuple)
    """A ticket, and its links."""

    def __init__(self, desktop: Desktop, *, working: bool) -> None:
        """Show nothing to those who do not work tickets."""
        super().__init__(desktop, working=working)
        self._ticket: TicketView | None = None
        self._shown: tuple[int, int, int] | None = None
        self._may_add = False
        self.links: Links = ()
        self.rows: list[tuple[LinkButton, Chip, QToolButton]] = []
        self._relations: list[PlainLabel] = []
        title = QLabel("Linked tickets")
        title.setProperty("role", "secondary")
        self.add_button = LinkButton("Link…")
        self.add_button.setAccessibleName("Link with another ticket")
        self.add_button.clicked.connect(self.begin)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(self.add_button)
        self.problem = PlainLabel(role="error")
        self.retry = QPushButton("Retry")
        self.retry.setProperty("kind", "link")
        self.retry.clicked.connect(self._load)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addLayout(self._grid)
        column.addWidget(self.problem)
        column.addWidget(self.retry)
        self.problem.hide()
        self.retry.hide()
        self.hide()

    def show_ticket(self, ticket: TicketView) -> None:
        """Ask for the links of a ticket, where they may be others than before."""
        if not self.working:
            return
        if self._ticket is None or self._ticket.id != ticket.id:
            self._show_rows(())
        self._ticket = ticket
        newest = ticket.events[0].id if ticket.events else 0
        state = (ticket.id, ticket.version, newest)
        self._may_add = "change" in ticket.allowed
        self.add_button.setVisible(self._may_add)
        self._show_if_any()
        if state != self._shown:
            self._shown = state
            self._load()

    def begin(self) -> None:
        """Ask with which ticket to link."""
        if self._ticket is not None:
            dialog = LinkDialog(self.desktop, self._ticket, self.window())
            dialog.linked.connect(partial(self._link, self._ticket.id))
            dialog.open()

    def _link(self, ticket_id: int, other_id: int, relation: object) -> None:
        new = NewLink.model_validate({"other_id": other_id, "relation": relation})
        known = {each.id for each in self.links}
        job = self.desktop.background.run(self, self.desktop.desk.ticket_links.add, ticket_id, new)
        job.then(partial(self._on_linked, ticket_id, new, known)).failed(self.failed.emit)

    def _on_linked(self, ticket_id: int, new: NewLink, known: set[int], links: Links) -> None:
        self._show(ticket_id, links)
        mine = (each for each in links if each.ticket.id == new.other_id)
        link = next((each for each in mine if each.relation is new.relation), None)
        if link is not None and link.id not in known:
            self._offer(_words(ticket_id, link), partial(self._remove, ticket_id, link))

    def _offer(self, words: str, undo: Callable[[], object]) -> None:
        """Say what was done, with a way to undo it; whoever reads another ticket can do so, too."""
        self.said.emit(words)
        Toast.say(self.window(), words, "Undo", undo, _UNDO_SECONDS, topic=LINKS)

    def _load(self) -> None:
        if self._ticket is None:
            return
        read = self.desktop.desk.ticket_links.of_ticket
        job = self.desktop.background.latest(self, read, self._ticket.id)
        job.then(partial(self._show, self._ticket.id)).failed(self._on_failed)

    def _show(self, ticket_id: int, links: Links) -> None:
        self.loaded.emit(ticket_id, links)
        if self._ticket is not None and self._ticket.id == ticket_id:
            self.problem.hide()
            self.retry.hide()
            self._show_rows(links)

    def _on_failed(self, error: Exception) -> None:
        self._shown = None
        self.problem.setText(sentence_of(error))
        self.problem.show()
        self.retry.show()

    def _show_rows(self, links: Links) -> None:
        if links == self.links and len(self.rows) == len(links):
            return
        self.links = links
        for row in self.rows:
            for widget in row:
                self._grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        for relation in self._relations:
            self._grid.removeWidget(relation)
            relation.hide()
            relation.deleteLater()
        self._relations = []
        self.rows = [self._row(at, link) for at, link in enumerate(links)]
        self._show_if_any()

    def _show_if_any(self) -> None:
        """Take no room where there is no link and none can be made."""
        self.setVisible(self.working and (self._may_add or bool(self.links)))

    def _row(self, at: int, link: LinkedTicketView) -> tuple[LinkButton, Chip, QToolButton]:
        ticket = f"{link.ticket.number} {link.ticket.subject}"
        words = f"{link.relation.label} {ticket}"
        relation = PlainLabel(link.relation.label, "secondary", self)
        self._relations.append(relation)
        name = LinkButton(ticket, self)
        name.setAccessibleName(words)
        name.clicked.connect(partial(self._on_name, link.ticket.id))
        chip = Chip(link.status.label, status_tone(link.status), self)
        remove = QToolButton(self)
        remove.setIcon(icon("close"))
        remove.setProperty("kind", "quiet")
        remove.setAccessibleName(f"Remove the link: {words}")
        remove.setToolTip("Remove this link")
        remove.clicked.connect(partial(self._on_remove, link))
        # In one line with all of it, nothing of the ticket would be left to read.
        for place, widget in enumerate((relation, chip, remove)):
            self._grid.addWidget(widget, 2 * at, place)
            widget.show()
        self._grid.addWidget(name, 2 * at + 1, 0, 1, 3)
        name.show()
        return name, chip, remove

    def _on_name(self, ticket_id: int, _checked: bool = False) -> None:
        self.ticket_wanted.emit(ticket_id)

    def _on_remove(self, link: LinkedTicketView, _checked: bool = False) -> None:
        if self._ticket is not None:
            self._remove(self._ticket.id, link)

    def _remove(self, ticket_id: int, link: LinkedTicketView) -> None:
        remove = self.desktop.desk.ticket_links.remove
        job = self.desktop.background.run(self, remove, ticket_id, link.id)
        job.then(partial(self._on_removed, ticket_id, link)).failed(self.failed.emit)

    def _on_removed(self, ticket_id: int, link: LinkedTicketView, links: Links) -> None:
        self._show(ticket_id, links)
        words = f"Link removed: {_words(ticket_id, link)}"
        self._offer(words, partial(self._link, ticket_id, link.ticket.id, link.relation))


def _words(ticket_id: int, link: LinkedTicketView) -> str:
    """Say what a ticket is to another one, such as 'HD-3: blocked by HD-7'."""
    return f"{number_of(ticket_id)}: {link.relation.label.lower()} {link.ticket.number}"
