# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people say what is wrong: two fields and a button are enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import ValidationError
from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeySequence
from PyQt5.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QShortcut,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.connection import Connection
from helpdesk.core.errors import Pending, Unreachable
from helpdesk.core.schemas.tickets import (
    OPEN_STATUSES,
    CategoryView,
    NewTicket,
    Priority,
    Sort,
    TicketPage,
    TicketQuery,
    TicketRow,
    TicketView,
)
from helpdesk.core.text import SUBJECT_LIMIT, single_line
from helpdesk.core.validation import invalid
from helpdesk.ui.articles.deflection import Deflection
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.body_edit import BodyEdit
from helpdesk.ui.tickets.properties import STATUS_TONES
from helpdesk.ui.waiting_words import KEPT, NOT_SENT, WAITING, dto_of
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.times import clock_time, relative_time

if TYPE_CHECKING:
    from helpdesk.client.outbox import PendingAction

_PLACE = "submit"
_OWN_SHOWN = 5


class SubmitTicketTab(BaseTab):
    """A form whose draft outlives a crash."""

    submitted = pyqtSignal(object)
    """The ``TicketView`` of the new ticket."""
    wanted = pyqtSignal(int)
    """The id of a ticket to show in the list."""
    article_wanted = pyqtSignal(int)
    """The id of an article to read in the knowledge base."""

    def __init__(self, desktop: Desktop) -> None:
        """Show the form, with what was typed before."""
        super().__init__(desktop)
        self._wanted_category = ""
        self._loading = False
        self._has_categories = False
        self._page = TicketPage(items=(), next_cursor=None)
        self._put_back: PendingAction | None = None
        self._build()
        self._load_draft()
        self.refresh()
        desktop.drafts.saved.connect(self._on_draft_saved)
        desktop.link.changed.connect(self._show_own)
        desktop.link.connection_changed.connect(self._show_next)
        self._show_own()

    def refresh(self) -> None:
        """Load the person's open tickets, and the categories if they have not come yet."""
        if not self._has_categories:
            self.desktop.background.latest(self, self.desktop.desk.tickets.categories).then(
                self._show_categories
            ).failed(self._on_read_failed)
        query = TicketQuery(
            requester_ids=(self.desktop.person.id,),
            statuses=OPEN_STATUSES,
            sort=Sort.UPDATED,
            limit=_OWN_SHOWN,
        )
        search = self.desktop.desk.tickets.search
        job = self.desktop.background.latest(self, search, query)
        job.then(self._on_own).failed(self._on_read_failed)

    def put_back(self, action: PendingAction) -> None:
        """Write again a ticket that was not taken; what is typed here stays below it."""
        new = dto_of(action)
        if not isinstance(new, NewTicket):
            return
        typed = self._typed()
        self._put_back = action
        self._show_draft({"priority": new.priority.label})
        self.subject.setText(new.subject)
        self.description.setPlainText(_in_paragraphs(new.description, typed))
        self._wanted_category = self.desktop.link.categories.get(new.category_id or 0, "")
        self._choose_category()
        self._on_typed()
        self.subject.setFocus()

    def focus_first(self) -> None:
        """Begin with the subject."""
        self.subject.setFocus()

    def _build(self) -> None:
        self.setObjectName("page")
        self._banner = Banner()
        row = QHBoxLayout()
        row.setContentsMargins(24, 20, 24, 24)
        row.setSpacing(24)
        row.addLayout(self._form(), 3)
        row.addWidget(self._aside(), 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._banner)
        column.addLayout(row, 1)

    def _form(self) -> QVBoxLayout:
        title = QLabel("Submit Ticket")
        title.setProperty("role", "title")
        self.subject = QLineEdit()
        self.subject.setPlaceholderText("In a few words, such as: Outlook asks for my password")
        self.subject.textChanged.connect(self._on_typed)
        self._subject_error = _error_label()
        self.description = BodyEdit()
        self.description.setPlaceholderText(
            "What did you do, what happened, what did you expect? Since when, and for whom else?"
        )
        self.description.setAccessibleName("Describe it")
        self.description.textChanged.connect(self._on_typed)
        self.description.refused.connect(self._show_description_error)
        self._description_error = _error_label()
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(title)
        column.addSpacing(10)
        column.addWidget(FieldLabel("What is wrong?", self.subject))
        column.addWidget(self.subject)
        column.addWidget(self._subject_error)
        column.addSpacing(8)
        column.addWidget(FieldLabel("Describe it", self.description))
        column.addWidget(self.description, 3)
        column.addWidget(self._description_error)
        column.addSpacing(8)
        column.addLayout(self._choices())
        column.addSpacing(12)
        column.addLayout(self._foot())
        column.addStretch(2)
        return column

    def _choices(self) -> QHBoxLayout:
        self.category = QComboBox()
        self.category.addItem("Not sure", None)
        self.category.activated.connect(self._on_typed)
        self.priority = QComboBox()
        for priority in Priority:
            self.priority.addItem(priority.label, priority)
        self.priority.setCurrentText(Priority.MEDIUM.label)
        self.priority.activated.connect(self._on_typed)
        self.priority.currentIndexChanged.connect(self._show_next)
        row = QHBoxLayout()
        row.setSpacing(12)
        for label, field in (("Category", self.category), ("Priority", self.priority)):
            column = QVBoxLayout()
            column.setSpacing(6)
            column.addWidget(FieldLabel(label, field))
            column.addWidget(field)
            row.addLayout(column, 1)
        return row

    def _foot(self) -> QHBoxLayout:
        self._draft_label = QLabel()
        self._draft_label.setProperty("role", "muted")
        self.discard_button = QPushButton("Discard")
        self.discard_button.clicked.connect(self._on_discard)
        self.submit_button = QPushButton("Submit ticket")
        self.submit_button.setProperty("kind", "primary")
        self.submit_button.setToolTip("Ctrl+Enter")
        self.submit_button.clicked.connect(self._on_submit)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.submit_button.click)
        row = QHBoxLayout()
        row.addWidget(self._draft_label)
        row.addStretch(1)
        row.addWidget(self.discard_button)
        row.addWidget(self.submit_button)
        return row

    def _aside(self) -> Deflection:
        self._next = PlainLabel(role="muted")
        next_card, inside = _card("What happens next")
        inside.addWidget(self._next)
        self._own_card, self._own = _card("Your open tickets")
        self._own_card.hide()
        self.deflection = Deflection(self.desktop, self)
        self.deflection.add_card(next_card)
        self.deflection.add_card(self._own_card)
        self.deflection.solved.connect(self._on_solved)
        self.deflection.passed_over.connect(self._on_typed)
        self.deflection.article_wanted.connect(self.article_wanted)
        self.deflection.ticket_wanted.connect(self.wanted)
        self._show_next()
        return self.deflection

    def _show_next(self) -> None:
        priority = self.priority.currentData() or Priority.MEDIUM
        hours = self.desktop.info.first_response_hours[priority]
        unit = "hour" if hours == 1 else "hours"
        if self.desktop.link.connection is Connection.AWAY:
            self._next.setText(
                "There is no connection at the moment. What you submit is kept on this workstation"
                " and sent by itself as soon as the server answers; then you get a number."
            )
            return
        self._next.setText(
            f"You get a number at once and the support team sees your ticket. The first answer"
            f" to a {priority.label.lower()} ticket is due within {hours:g} {unit}. You find the"
            " conversation under View Tickets."
        )

    def _show_categories(self, categories: Sequence[CategoryView]) -> None:
        if self._has_categories:
            return
        self._has_categories = True
        self.desktop.link.categories.update({each.id: each.name for each in categories})
        for category in categories:
            self.category.addItem(category.name, category.id)
        self._choose_category()

    def _on_own(self, page: TicketPage) -> None:
        self._page = page
        self._show_own()

    def _on_read_failed(self, error: Exception) -> None:
        """Go on without: a ticket can be submitted without knowing the others."""
        if isinstance(error, Unreachable):
            self.desktop.feed.fell_behind()
        else:
            self.desktop.background.unheard.emit(error)

    def _show_own(self) -> None:
        while self._own.count() > 1:
            item = self._own.takeAt(1)
            if item is not None:
                item.widget().hide()
                item.widget().deleteLater()
        unsent = [a for a in self.desktop.link.actions if isinstance(dto_of(a), NewTicket)]
        for action in unsent:
            self._own.addWidget(self._unsent_row(action))
        for row in self._page.items:
            self._own.addWidget(self._own_row(row))
        self._own_card.setVisible(bool(unsent or self._page.items))

    def _unsent_row(self, action: PendingAction) -> QWidget:
        """Return the line of a ticket that the server has not seen, so that it has no number."""
        new, refused = dto_of(action), action.sentence is not None
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        link = QPushButton("New")
        link.setProperty("kind", "link")
        link.setAccessibleName("Show what was not sent yet")
        link.clicked.connect(self.desktop.link.outbox_wanted)
        row.addWidget(link)
        row.addWidget(ElidedLabel(new.subject or single_line(new.description)), 1)
        row.addWidget(Chip(NOT_SENT if refused else WAITING, "urgent" if refused else "warning"))
        return line

    def _own_row(self, ticket: TicketRow) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        link = QPushButton(ticket.number)
        link.setProperty("kind", "link")
        link.clicked.connect(lambda: self.wanted.emit(ticket.id))
        row.addWidget(link)
        row.addWidget(ElidedLabel(ticket.subject), 1)
        row.addWidget(Chip(_short(ticket), STATUS_TONES[ticket.status]))
        when = QLabel(relative_time(ticket.updated_at, self.desktop.clock()))
        when.setProperty("role", "secondary")
        row.addWidget(when)
        return line

    def _load_draft(self) -> None:
        draft = self.desktop.drafts.load(_PLACE)
        self._loading = True
        self._show_draft(draft)
        self._loading = False
        self._suggest()
        self.discard_button.setEnabled(bool(draft))

    def _show_draft(self, draft: dict[str, str]) -> None:
        if priority := draft.get("priority"):
            self.priority.setCurrentText(priority)
        self._wanted_category = draft.get("category", "")
        self._choose_category()
        self.subject.setText(draft.get("subject", ""))
        self.description.setPlainText(draft.get("description", ""))
        self.deflection.set_unwanted(draft.get("passed_over", ""))

    def _draft(self) -> dict[str, str]:
        return {
            "subject": self.subject.text(),
            "description": self.description.toPlainText(),
            "category": self.category.currentText() if self.category.currentData() else "",
            "priority": self.priority.currentText(),
            "passed_over": self.deflection.unwanted,
        }

    def _choose_category(self) -> None:
        if self._wanted_category:
            self.category.setCurrentText(self._wanted_category)

    def _on_typed(self) -> None:
        if self._loading:
            return
        self._draft_label.clear()
        self._subject_error.hide()
        self._description_error.hide()
        draft = self._draft()
        has_text = bool(draft["subject"].strip() or draft["description"].strip())
        self.discard_button.setEnabled(has_text)
        self.desktop.drafts.keep(_PLACE, draft if has_text else {})
        self._suggest()

    def _suggest(self) -> None:
        self.deflection.ask(self.subject.text(), self.description.toPlainText())

    def _on_draft_saved(self, place: str) -> None:
        is_safe = place == _PLACE and self.desktop.drafts.is_on_disk(place)
        if is_safe and self._put_back is not None:
            # Only now do the words of the refused ticket lie on disk a second time.
            self.desktop.link.discard(self._put_back)
            self._put_back = None
        if place == _PLACE and self.discard_button.isEnabled():
            self._draft_label.setText(f"Draft saved {clock_time(self.desktop.clock())}")

    def _on_discard(self) -> None:
        kept = self._draft()
        self._empty()
        self._banner.show_info("The draft was discarded.", "Undo", lambda: self._take_back(kept))

    def _on_solved(self) -> None:
        kept = self._draft()
        self._empty()
        self.subject.setFocus()
        self._banner.show_info(
            "Good to hear; no ticket was sent.", "Undo", lambda: self._take_back_solved(kept)
        )

    def _take_back_solved(self, kept: dict[str, str]) -> None:
        self.deflection.take_back_solved()
        self._take_back(kept)

    def _take_back(self, kept: dict[str, str]) -> None:
        """Show a draft again; what was typed since stays below it."""
        description = _in_paragraphs(kept["description"], self._typed())
        self._show_draft({**kept, "description": description})

    def _typed(self) -> str:
        return _in_paragraphs(self.subject.text(), self.description.toPlainText())

    def _empty(self) -> None:
        self.subject.clear()
        self.description.clear()
        self.category.setCurrentIndex(0)
        self.priority.setCurrentText(Priority.MEDIUM.label)
        self._draft_label.clear()
        self.discard_button.setEnabled(False)
        self.desktop.drafts.remove(_PLACE)

    def _on_submit(self) -> None:
        subject, description = self.subject.text(), self.description.toPlainText()
        if not (subject.strip() or description.strip()):
            self._show_subject_error("Say in a few words what is wrong.")
        elif len(subject) > SUBJECT_LIMIT:
            self._show_subject_error(
                f"The subject may have {SUBJECT_LIMIT} characters;"
                " put the details into the description."
            )
        else:
            self._submit(subject, description)

    def _submit(self, subject: str, description: str) -> None:
        try:
            new = NewTicket(
                subject=subject,
                description=description,
                category_id=self.category.currentData(),
                priority=self.priority.currentData(),
            )
        except ValidationError as error:
            self._on_failed(invalid(error))
            return
        self._set_busy(True)
        self.run(self._open, new).then(self._on_submitted).failed(self._on_failed)

    def _open(self, new: NewTicket) -> TicketView:
        """Open the ticket and forget its draft; runs on a thread of the pool."""
        try:
            ticket = self.desktop.desk.tickets.open(new)
        except Pending:
            # It lies in the outbox now; as a draft it would be sent twice.
            self.desktop.drafts.sent(_PLACE)
            raise
        self.desktop.drafts.sent(_PLACE)
        return ticket

    def _show_subject_error(self, sentence: str) -> None:
        self._subject_error.setText(sentence)
        self._subject_error.show()
        self.subject.setFocus()

    def _show_description_error(self, sentence: str) -> None:
        self._description_error.setText(sentence)
        self._description_error.show()

    def _set_busy(self, busy: bool) -> None:
        self.submit_button.setDisabled(busy)
        # What is typed after the ticket has left would be emptied with the form.
        self.subject.setReadOnly(busy)
        self.description.setReadOnly(busy)
        self.submit_button.setText("Submitting…" if busy else "Submit ticket")

    def _on_submitted(self, ticket: TicketView) -> None:
        self._set_busy(False)
        self._empty()
        self._banner.show_info(
            f"{ticket.number} was submitted.", "Open it", lambda: self.wanted.emit(ticket.id)
        )
        self.submitted.emit(ticket)
        self.subject.setFocus()

    def _on_failed(self, error: Exception) -> None:
        self._set_busy(False)
        if isinstance(error, Pending):
            self._empty()
            self._banner.show_info(KEPT)
            self.subject.setFocus()
            return
        self._banner.show_error(f"{sentence_of(error)} What you wrote is kept.")


def _card(title: str) -> tuple[QFrame, QVBoxLayout]:
    card = QFrame()
    card.setProperty("kind", "card")
    heading = QLabel(title)
    heading.setProperty("role", "heading")
    column = QVBoxLayout(card)
    column.setContentsMargins(16, 14, 16, 14)
    column.setSpacing(8)
    column.addWidget(heading)
    return card, column


def _error_label() -> QLabel:
    label = QLabel()
    label.setProperty("role", "error")
    label.setWordWrap(True)
    label.hide()
    return label


def _in_paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part.strip())


def _short(ticket: TicketRow) -> str:
    return "Awaiting you" if ticket.status.value == "awaiting_customer" else ticket.status.label
