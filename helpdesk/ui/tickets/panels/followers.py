# SPDX-License-Identifier: GPL-3.0-or-later
"""Who follows a ticket: whoever works it adds and removes people."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QLabel, QVBoxLayout

from helpdesk.core.schemas.links import Candidate, Follower
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.panels.panel import TicketPanel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.value_picker import ValuePicker

_OUTSIDE = " (not of the staff)"


class FollowersPanel(TicketPanel):
    """A field of people; of each who is not of the staff it says so, as they read the ticket."""

    told = pyqtSignal(int, tuple)
    """The number of a ticket, and the names of all others who follow it."""

    def __init__(self, desktop: Desktop, *, working: bool) -> None:
        """Show nothing to those who do not work tickets."""
        super().__init__(desktop, working=working)
        self._ticket: TicketView | None = None
        self._shown: tuple[int, bool, int] | None = None
        self._names: dict[str, str] = {}
        self._known: tuple[str, ...] = ()
        title = QLabel("Followers")
        title.setProperty("role", "secondary")
        self.field = ValuePicker("Followers")
        self.field.edit.setPlaceholderText("Add somebody")
        self.field.also_called(lambda value: self._names.get(value, "…"))
        self.field.typed.connect(self._on_typed)
        self.field.changed.connect(self._on_changed)
        self.problem = PlainLabel(role="error")
        self.problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(4)
        column.addWidget(title)
        column.addWidget(self.field)
        column.addWidget(self.problem)
        self.hide()

    def show_ticket(self, ticket: TicketView) -> None:
        """Ask for who follows a ticket, where it may be another state than before."""
        if not self.working:
            return
        newest = ticket.events[0].id if ticket.events else 0
        state = (ticket.id, ticket.watching, newest)
        if self._ticket is None or self._ticket.id != ticket.id:
            self.field.edit.clear()
            self._show(ticket.id, (), is_new=True)
        self._ticket = ticket
        self.field.setEnabled("change" in ticket.allowed)
        self._show_if_any()
        if state != self._shown:
            self._shown = state
            self._load()

    def _load(self) -> None:
        if self._ticket is None:
            return
        ticket_id, read = self._ticket.id, self.desktop.desk.watchers.of_ticket
        job = self.desktop.background.latest(self, read, ticket_id)
        job.then(partial(self._show, ticket_id)).failed(self._on_failed)

    def _show(self, ticket_id: int, found: tuple[Follower, ...], *, is_new: bool = False) -> None:
        if not is_new and (self._ticket is None or self._ticket.id != ticket_id):
            return
        self.problem.hide()
        for each in found:
            outside = "" if each.is_staff else _OUTSIDE
            self._names[str(each.person.id)] = each.person.full_name + outside
        self._known = tuple(str(each.person.id) for each in found)
        self.field.set_values(self._known)
        self._tell()
        self._show_if_any()

    def _tell(self) -> None:
        if self._ticket is not None:
            own = str(self.desktop.person.id)
            names = tuple(self._names[each] for each in self._known if each != own)
            self.told.emit(self._ticket.id, names)

    def _show_if_any(self) -> None:
        """Take no room where nobody follows the ticket and nobody can be added."""
        self.setVisible(self.field.isEnabled() or bool(self._known))

    def _on_failed(self, error: Exception) -> None:
        self._shown = None
        self.problem.setText(sentence_of(error))
        self.problem.show()

    def _on_typed(self, text: str) -> None:
        if text:
            ask = self.desktop.desk.watchers.candidates
            self.desktop.background.latest(self, ask, text).then(partial(self._offer, text))

    def _offer(self, text: str, found: tuple[Candidate, ...]) -> None:
        if text != self.field.edit.text().strip():
            return
        for each in found:
            outside = "" if each.is_staff else _OUTSIDE
            self._names[str(each.person.id)] = each.person.full_name + outside
        offered = [(str(each.person.id), self._names[str(each.person.id)]) for each in found]
        self.field.set_choices(offered)
        self.field.offer()

    def _on_changed(self) -> None:
        if self._ticket is None:
            return
        ticket_id, watchers = self._ticket.id, self.desktop.desk.watchers
        before, now = set(self._known), set(self.field.values)
        self._known = self.field.values
        self._tell()
        for value in now - before:
            self._run(watchers.add, ticket_id, int(value), f"{self._names[value]} follows it now")
        for value in before - now:
            words = f"{self._names.get(value, 'They')} no longer follows it"
            self._run(watchers.remove, ticket_id, int(value), words)

    def _run(
        self, call: Callable[[int, int], object], ticket_id: int, person_id: int, words: str
    ) -> None:
        job = self.desktop.background.run(self, call, ticket_id, person_id)
        job.then(lambda _: self.said.emit(words)).failed(self._on_refused)

    def _on_refused(self, error: Exception) -> None:
        self.failed.emit(error)
        self._load()
