# SPDX-License-Identifier: GPL-3.0-or-later
"""Says that several people report the same at the same time, and makes one incident of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.errors import DeskError, Pending
from helpdesk.core.schemas.tickets import NewComment, Priority, TicketChange, TicketView
from helpdesk.core.schemas.triage import Incident, SimilarTicket
from helpdesk.ui import theme
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.assist.suggestion_words import listed
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip
from helpdesk.ui.widgets.question import Question

NOTE_BEGINS = "Incident: "
_LISTED = 20


class IncidentBanner(QFrame):
    """One line with two buttons, and below them the tickets once somebody wants to see them."""

    ticket_wanted = pyqtSignal(int)
    done = pyqtSignal(object)
    """The ``TicketView`` that is the incident now."""
    failed = pyqtSignal(object)

    def __init__(self, desktop: Desktop) -> None:
        """Begin hidden."""
        super().__init__()
        self._desktop = desktop
        self._ticket: TicketView | None = None
        self._incident: Incident | None = None
        self._has_room = True
        self.around: QWidget
        """The banner with room around it, which goes with it."""
        self.setProperty("kind", "banner")
        self.setProperty("tone", "warning")
        self._build()
        self.around = QWidget()
        around = QVBoxLayout(self.around)
        around.setContentsMargins(16, 12, 16, 0)
        around.addWidget(self)
        self.around.hide()

    def show_incident(self, ticket: TicketView | None, incident: Incident | None) -> None:
        """Show what is going on around a ticket, or nothing."""
        is_other = ticket is None or self._ticket is None or ticket.id != self._ticket.id
        self._ticket = ticket
        if incident != self._incident or is_other:
            self._incident = incident
            self._list.hide()
            self.show_button.setText("Show them")
            self._sentence.setText(sentence(incident) if incident is not None else "")
            words = listed(incident.words[:6]) if incident is not None else ""
            self._sentence.setToolTip(plain_tooltip(f"They share: {words}") if words else "")
            self.setAccessibleName(self._sentence.text())
        self.make_button.setVisible(ticket is not None and _can_make(ticket))
        self._show()

    def set_room(self, *, has_room: bool) -> None:
        """Step back while something else needs the room."""
        self._has_room = has_room
        self._show()

    def make_incident(self) -> None:
        """Ask whether this ticket is to stand for all of them."""
        if self._ticket is None or self._incident is None:
            return
        ticket, incident = self._ticket, self._incident
        question = Question(
            "Make an incident of it?",
            f"{ticket.number} {ticket.subject}",
            f"An internal note on it will name the {len(incident.tickets)} tickets, and its"
            " priority becomes Urgent. The other tickets stay as they are.",
            "Make an incident",
            "Not now",
            self.window(),
        )
        question.agreed.connect(partial(self._make, ticket, incident))
        question.open()

    def _make(self, ticket: TicketView, incident: Incident) -> None:
        self.make_button.setDisabled(True)
        job = self._desktop.background.run(self, self._write, ticket, incident)
        job.then(self.done.emit).failed(self.failed.emit)
        job.finally_(lambda: self.make_button.setEnabled(True))

    def _write(self, ticket: TicketView, incident: Incident) -> TicketView:
        """Write the note and raise the priority; runs on a thread of the pool."""
        tickets = self._desktop.desk.tickets
        version = ticket.version
        # A note that waits for the server is written later, and so is the change then.
        with suppress(Pending):
            note = NewComment(body=note_of(incident), internal=True)
            version = tickets.comment(ticket.id, note).version
        change = TicketChange(version=version, priority=Priority.URGENT)
        try:
            return tickets.change(ticket.id, change)
        except Pending:
            raise
        except DeskError as error:
            raise NotRaised(str(error)) from error

    def _build(self) -> None:
        self._sign = QLabel()
        self._show_sign()
        theme.current().changed.connect(self._show_sign)
        self._sentence = PlainLabel(role="strong")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(self._sign, 0, Qt.AlignTop)
        head.addWidget(self._sentence, 1)
        self.show_button = _link_button("Show them")
        self.show_button.clicked.connect(lambda: self._on_show())
        self.make_button = _link_button("Make an incident")
        self.make_button.clicked.connect(lambda: self.make_incident())
        buttons = QWidget()
        row = FlowLayout(16)
        buttons.setLayout(row)
        row.addWidget(self.show_button)
        row.addWidget(self.make_button)
        self._list = QWidget()
        self._links = QVBoxLayout(self._list)
        self._links.setContentsMargins(0, 0, 0, 0)
        self._links.setSpacing(0)
        self._list.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 6)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(buttons)
        column.addWidget(self._list)

    def _show(self) -> None:
        self.around.setVisible(self._has_room and self._incident is not None)

    def _show_sign(self) -> None:
        self._sign.setPixmap(icon("alert", "ink_warning").pixmap(18, 18))

    def _on_show(self) -> None:
        if not self._list.isHidden() or self._incident is None:
            self._list.hide()
            self.show_button.setText("Show them")
            return
        self._list_tickets(self._incident.tickets[:_LISTED])
        self._list.show()
        self.show_button.setText("Hide them")

    def _list_tickets(self, tickets: Sequence[SimilarTicket]) -> None:
        while (item := self._links.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for ticket in tickets:
            link = LinkButton(f"{ticket.number} {ticket.subject}")
            link.clicked.connect(partial(self._on_link, ticket.id))
            self._links.addWidget(link)

    def _on_link(self, ticket_id: int, _checked: bool = False) -> None:
        self.ticket_wanted.emit(ticket_id)


def _link_button(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("kind", "link")
    return button


class NotRaised(DeskError):
    """The note was written and the priority was not changed."""

    def __init__(self, sentence: str) -> None:
        """Say both."""
        super().__init__(f"The note is written, but the priority is as it was. {sentence}")


def sentence(incident: Incident) -> str:
    """Say how many tickets there are of it."""
    people = "1 person" if incident.requesters == 1 else f"{incident.requesters} people"
    tickets = "1 ticket" if incident.count == 1 else f"{incident.count} tickets"
    minutes = "1 minute" if incident.minutes == 1 else f"{incident.minutes} minutes"
    return f"{tickets} like this in {minutes} by {people}"


def note_of(incident: Incident) -> str:
    """Return the internal note that names the tickets."""
    shared = f" They share: {listed(incident.words[:6])}." if incident.words else ""
    lines = [f"{NOTE_BEGINS}{sentence(incident)}.{shared}"]
    lines += [f"{ticket.number} {ticket.subject}" for ticket in incident.tickets]
    return "\n".join(lines)


def _can_make(ticket: TicketView) -> bool:
    """Whether it may be made, and has not been made already."""
    is_made = any(each.internal and each.body.startswith(NOTE_BEGINS) for each in ticket.comments)
    return not is_made and {"note", "change"} <= ticket.allowed and ticket.status.is_open
