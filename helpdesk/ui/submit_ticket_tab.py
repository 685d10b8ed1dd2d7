# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people say what is wrong: two fields and a button are enough."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError
from PyQt5.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent, QKeySequence
from PyQt5.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QShortcut,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.errors import Pending, Unreachable
from helpdesk.core.schemas.templates import TemplateView
from helpdesk.core.schemas.tickets import (
    OPEN_STATUSES,
    CategoryView,
    NewTicket,
    Priority,
    Sort,
    TicketPage,
    TicketQuery,
    TicketView,
)
from helpdesk.core.schemas.triage import DraftSuggestion
from helpdesk.core.text import SUBJECT_LIMIT
from helpdesk.core.validation import invalid
from helpdesk.ui.articles.deflection import Deflection
from helpdesk.ui.attachments.drop import FileDrop
from helpdesk.ui.attachments.limit import FileLimit
from helpdesk.ui.attachments.tray import AttachmentTray
from helpdesk.ui.base_tab import BaseTab
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.icons import icon
from helpdesk.ui.submit.draft_suggestions import DraftSuggestions, basis_of
from helpdesk.ui.submit.due_words import due_words
from helpdesk.ui.submit.form_page import FormPage
from helpdesk.ui.submit.next_card import NextCard
from helpdesk.ui.submit.own_tickets import OwnTickets
from helpdesk.ui.submit.similar_tickets import SimilarTickets
from helpdesk.ui.submit.staff_fields import StaffFields
from helpdesk.ui.submit.suggested_choice import SuggestedChoice
from helpdesk.ui.submit.template_start import TemplateStart
from helpdesk.ui.submit.who_card import WhoCard
from helpdesk.ui.tickets.body_edit import BodyEdit
from helpdesk.ui.tickets.fields_form import FieldsForm
from helpdesk.ui.waiting_words import KEPT, dto_of
from helpdesk.ui.widgets.banner import Banner
from helpdesk.ui.widgets.field_label import FieldLabel
from helpdesk.ui.widgets.tab_order import follow_layout
from helpdesk.ui.widgets.times import clock_time
from helpdesk.ui.widgets.toast import Toast

if TYPE_CHECKING:
    from helpdesk.client.outbox import PendingAction

_PLACE = "submit"
_OWN_SHOWN = 5
_UNDO_SECONDS = 20


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
        self._put_back: PendingAction | None = None
        self._before_template: tuple[dict[str, str], dict[str, str]] | None = None
        """The form before a template was filled in, and right after it."""
        self._build()
        self._load_draft()
        self.refresh()
        desktop.drafts.saved.connect(self._on_draft_saved)

    def refresh(self) -> None:
        """Load the person's open tickets, and the categories if they have not come yet."""
        if not self._has_categories:
            self.fields.load()
            self.template_start.load()
            self.desktop.background.latest(self, self.desktop.desk.tickets.categories).then(
                self._show_categories
            ).failed(self._on_read_failed)
        self._load_own()

    def _load_own(self) -> None:
        query = TicketQuery(
            requester_ids=(self.staff.requester_id or self.desktop.person.id,),
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
        category = self.desktop.link.categories.get(new.category_id or 0, "")
        self._show_draft({"category": category, "priority": new.priority.label})
        self.fields.set_values({each.key: each.value for each in new.fields})
        self.staff.show_of(new)
        self.priority.choose(new.priority.label)
        self.subject.setText(new.subject)
        self.description.setPlainText(_in_paragraphs(new.description, typed))
        self._on_typed()
        self.subject.setFocus()

    def focus_first(self) -> None:
        """Begin with the subject."""
        self.subject.setFocus()

    def _build(self) -> None:
        self.setObjectName("page")
        self._banner = Banner()
        form = self._form()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._banner)
        column.addWidget(FormPage(form, self._aside()), 1)

    def _form(self) -> QWidget:
        title = QLabel("Submit Ticket")
        title.setProperty("role", "title")
        self.staff = StaffFields(self.desktop)
        self.staff.changed.connect(self._on_typed)
        self.staff.requester_changed.connect(self._on_requester)
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
        form = QWidget()
        column = QVBoxLayout(form)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.template_start = TemplateStart(self.desktop, self.subject, self.description)
        self.template_start.chosen.connect(self._use_template)
        for field in (self.subject, self.description):
            field.installEventFilter(self)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(self.template_start)
        column.addLayout(head)
        column.addSpacing(10)
        column.addWidget(self.staff)
        column.addWidget(FieldLabel("What is wrong?", self.subject))
        column.addWidget(self.subject)
        column.addWidget(self._subject_error)
        column.addSpacing(8)
        column.addWidget(FieldLabel("Describe it", self.description))
        column.addWidget(self.description, 3)
        column.addWidget(self._description_error)
        column.addWidget(self._files())
        column.addSpacing(8)
        column.addLayout(self._choices())
        column.addWidget(self._own_fields())
        column.addSpacing(12)
        column.addLayout(self._foot())
        column.addStretch(2)
        self._order: list[QWidget] = []
        for moved in (self.fields.arranged, self.tray.changed):
            moved.connect(partial(self._follow_layout, form))
        self._follow_layout(form)
        return form

    def _follow_layout(self, form: QWidget) -> None:
        """Let Tab go through the form as it stands, with what has come into it since."""
        self._order = follow_layout(form, self._order)

    def _files(self) -> AttachmentTray:
        self.tray = AttachmentTray(self.desktop)
        self.tray.changed.connect(self._on_typed)
        self.description.takes_files = True
        self.description.files_brought.connect(self.tray.add_data)
        FileDrop(self).dropped.connect(self.tray.add_data)
        self.attach_button = QPushButton("Attach…")
        self.attach_button.setIcon(icon("attach"))
        self.attach_button.setToolTip("Attach files; they can be dropped and pasted here as well")
        self.attach_button.clicked.connect(self.tray.choose)
        FileLimit(self.desktop, self.attach_button)
        return self.tray

    def _choices(self) -> QHBoxLayout:
        self.category = SuggestedChoice([(None, "Not sure")], None)
        self.category.activated.connect(self._on_typed)
        priorities = [(priority, priority.label) for priority in Priority]
        self.priority = SuggestedChoice(priorities, Priority.MEDIUM)
        self.priority.activated.connect(self._on_typed)
        row = QHBoxLayout()
        row.setSpacing(12)
        for label, field in (("Category", self.category), ("Priority", self.priority)):
            column = QVBoxLayout()
            column.setSpacing(6)
            column.addWidget(FieldLabel(label, field))
            column.addWidget(field)
            column.addStretch(1)
            row.addLayout(column, 1)
        row.addWidget(self.staff.tags_cell(), 1)
        return row

    def _own_fields(self) -> FieldsForm:
        self.fields = FieldsForm(self.desktop)
        self.fields.changed.connect(self._on_typed)
        # A suggested category asks for its fields, too.
        self.category.currentIndexChanged.connect(
            lambda: self.fields.show_for(self.category.currentData())
        )
        return self.fields

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
        row.addWidget(self.attach_button)
        row.addWidget(self._draft_label)
        row.addStretch(1)
        row.addWidget(self.discard_button)
        row.addWidget(self.submit_button)
        return row

    def _aside(self) -> Deflection:
        self._next = NextCard(self.desktop)
        self.similar = SimilarTickets(self.desktop)
        self.similar.wanted.connect(self.wanted)
        self.who = WhoCard()
        self._own = OwnTickets(self.desktop)
        self._own.wanted.connect(self.wanted)
        self._suggestions = DraftSuggestions(self.desktop, self)
        self._suggestions.changed.connect(self._show_suggestion)
        self.deflection = Deflection(self.desktop, self)
        for card in (self.similar, self.who, self._next, self._own):
            self.deflection.add_card(card)
        self.deflection.solved.connect(self._on_solved)
        self.deflection.passed_over.connect(self._on_typed)
        self.deflection.article_wanted.connect(self.article_wanted)
        self.deflection.ticket_wanted.connect(self.wanted)
        return self.deflection

    def _show_suggestion(self, suggestion: DraftSuggestion) -> None:
        category, priority = suggestion.category, suggestion.priority
        self.category.suggest(
            int(category.value) if category and category.value.isdecimal() else None,
            basis_of(category),
        )
        values = {each.value: each for each in Priority}
        self.priority.suggest(values.get(priority.value) if priority else None, basis_of(priority))
        self.similar.show_tickets(suggestion.own_similar)
        self.who.show_figures(suggestion, self.desktop.clock())
        # When an answer is due is said once, by the card that knows more of this ticket.
        self._next.setHidden(self.who.tells_due)

    def _show_categories(self, categories: Sequence[CategoryView]) -> None:
        if self._has_categories:
            return
        self._has_categories = True
        self.desktop.link.categories.update({each.id: each.name for each in categories})
        self.category.offer([(each.id, each.name) for each in categories])
        self._choose_category()

    def _on_requester(self) -> None:
        """Look at whom the ticket is for: their tickets, and their name in a template."""
        self.template_start.follow(self.staff.requester_name)
        name = "" if self.staff.requester_id is None else self.staff.requester_name
        self._own.set_person(name)
        self.similar.set_person(name)
        self._load_own()
        self._suggest()

    def _use_template(self, template: TemplateView) -> None:
        """Fill in a template; the form can go back to what it was, and forth again."""
        before = self._draft()
        self._loading = True
        self.template_start.fill_in(template)
        if name := self.desktop.link.categories.get(template.category_id or 0):
            self.category.choose(name)
        if template.priority is not Priority.MEDIUM:
            self.priority.choose(template.priority.label)
        self.staff.add_tags(template.tags)
        self.fields.set_values({each.key: each.value for each in template.fields})
        self._loading = False
        self._on_typed()
        self._before_template = before, self._draft()
        self._offer_back(f"“{template.name}” was filled in.", before)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a template back by Ctrl+Z, which the fields themselves have no memory of."""
        if (
            event.type() == QEvent.KeyPress
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.Undo)
            and self._before_template is not None
            and self._before_template[1] == self._draft()
        ):
            self._go_back(self._before_template[0])
            return True
        return super().eventFilter(watched, event)

    def _offer_back(self, said: str, draft: dict[str, str]) -> None:
        Toast.say(
            self.window(), said, "Undo", partial(self._go_back, draft), _UNDO_SECONDS, topic=_PLACE
        )

    def _go_back(self, draft: dict[str, str]) -> None:
        before, self._before_template = self._draft(), None
        self._show_draft(draft)
        self._on_typed()
        self.subject.setFocus()
        self._offer_back("The form is as it was before.", before)

    def _on_own(self, page: TicketPage) -> None:
        self._own.show_tickets(page.items)

    def _on_read_failed(self, error: Exception) -> None:
        """Go on without: a ticket can be submitted without knowing the others."""
        if isinstance(error, Unreachable):
            self.desktop.feed.fell_behind()
        else:
            self.desktop.background.unheard.emit(error)

    def _load_draft(self) -> None:
        draft = self.desktop.drafts.load(_PLACE)
        self._loading = True
        self._show_draft(draft)
        self.tray.load(draft)
        self._loading = False
        self._suggest()
        self.discard_button.setEnabled(bool(draft))

    def _show_draft(self, draft: dict[str, str]) -> None:
        self.category.reset()
        self.priority.reset()
        if priority := draft.get("priority"):
            self.priority.choose(priority)
        self._wanted_category = draft.get("category", "")
        self._choose_category()
        self.subject.setText(draft.get("subject", ""))
        self.description.setPlainText(draft.get("description", ""))
        self.deflection.set_unwanted(draft.get("passed_over", ""))
        self.fields.load_draft(draft)
        self.staff.load_draft(draft)

    def _draft(self) -> dict[str, str]:
        return {
            "subject": self.subject.text(),
            "description": self.description.toPlainText(),
            "category": self.category.currentText() if self.category.is_chosen else "",
            "priority": self.priority.currentText() if self.priority.is_chosen else "",
            "passed_over": self.deflection.unwanted,
            **self.tray.draft(),
            **self.fields.draft(),
            **self.staff.draft(),
        }

    def _choose_category(self) -> None:
        if self._wanted_category:
            self.category.choose(self._wanted_category)

    def _on_typed(self) -> None:
        if self._loading:
            return
        self._draft_label.clear()
        self._subject_error.hide()
        self._description_error.hide()
        draft = self._draft()
        has_text = bool(draft["subject"].strip() or draft["description"].strip())
        rest = (self.tray, self.fields, self.staff)
        has_text = has_text or not all(each.is_empty for each in rest)
        self.discard_button.setEnabled(has_text)
        self.desktop.drafts.keep(_PLACE, draft if has_text else {})
        self._suggest()

    def _suggest(self) -> None:
        subject, description = self.subject.text(), self.description.toPlainText()
        self.deflection.ask(subject, description)
        category = self.category.currentData() if self.category.is_chosen else None
        priority = self.priority.currentData() if self.priority.is_chosen else None
        requester = self.staff.requester_id
        self._suggestions.ask(subject, description, category, priority, requester)

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
        self.tray.load(kept)

    def _typed(self) -> str:
        return _in_paragraphs(self.subject.text(), self.description.toPlainText())

    def _empty(self, *, sent: bool = False) -> None:
        self.tray.take_off(keeps_copies=not sent)
        self.subject.clear()
        self.description.clear()
        self._wanted_category = ""
        self.category.reset()
        self.priority.reset()
        self.fields.clear()
        self.template_start.forget()
        self._before_template = None
        Toast.end(self.window(), _PLACE)
        self.staff.clear()
        self._draft_label.clear()
        self.discard_button.setEnabled(False)
        self.desktop.drafts.remove(_PLACE)

    def _on_submit(self) -> None:
        subject, description = self.subject.text(), self.description.toPlainText()
        # Each goes to its first error, and all are told at once; the last one to go is the first.
        fields_are_right = self.fields.check()
        subject_is_right = self._check_subject(subject, description)
        staff_are_right = self.staff.check()
        is_right = fields_are_right and subject_is_right and staff_are_right
        if is_right and not self.tray.hold(self._on_submit):
            self._submit(subject, description)

    def _check_subject(self, subject: str, description: str) -> bool:
        """Return whether it says what is wrong, and in a line; else say so."""
        if not (subject.strip() or description.strip()):
            self._show_subject_error("Say in a few words what is wrong.")
        elif len(subject) > SUBJECT_LIMIT:
            self._show_subject_error(
                f"The subject may have {SUBJECT_LIMIT} characters;"
                " put the details into the description."
            )
        else:
            return True
        return False

    def _submit(self, subject: str, description: str) -> None:
        try:
            new = NewTicket(
                subject=subject,
                description=description,
                category_id=self.category.currentData(),
                priority=self.priority.currentData(),
                attachment_keys=self.tray.keys,
                fields=self.fields.values(),
                requester_id=self.staff.requester_id,
                watcher_ids=self.staff.also_tell.ids,
                tags=self.staff.tags.values,
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
        self.fields.set_read_only(read_only=busy)
        self.staff.setDisabled(busy)
        self.submit_button.setText("Submitting…" if busy else "Submit ticket")

    def _on_submitted(self, ticket: TicketView) -> None:
        self._set_busy(False)
        whom = self.staff.said_of(ticket)
        self._empty(sent=True)
        said = f"{ticket.number} was submitted{whom} {self._due(ticket)}"
        self._banner.show_info(said, "Open it", lambda: self.wanted.emit(ticket.id))
        self.submitted.emit(ticket)
        self.subject.setFocus()

    def _due(self, ticket: TicketView) -> str:
        due, now = ticket.first_response_due, self.desktop.clock()
        if due is None or due <= now:
            return "You find the conversation under View Tickets."
        return f"The first answer is due {due_words(due, now)}."

    def _on_failed(self, error: Exception) -> None:
        self._set_busy(False)
        self.tray.refused(error)
        if isinstance(error, Pending):
            kept = f"{KEPT} {self.staff.said_for}".strip()
            self._empty(sent=True)
            self._banner.show_info(kept)
            self.subject.setFocus()
            return
        if self.fields.show_refusal(error) or self.staff.show_refusal(error):
            return
        self._banner.show_error(f"{sentence_of(error)} What you wrote is kept.")


def _error_label() -> QLabel:
    label = QLabel()
    label.setProperty("role", "error")
    label.setWordWrap(True)
    label.hide()
    return label


def _in_paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part.strip())
