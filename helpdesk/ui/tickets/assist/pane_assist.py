# SPDX-License-Identifier: GPL-3.0-or-later
"""What the assistant has to do with the ticket pane, held together in one place."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import QObject, pyqtSignal
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from helpdesk.core.permissions import Permission
from helpdesk.core.schemas.assistant import ReplyAsk, TriageAsk
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.schemas.triage import Suggested, SuggestedField
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.assist.automatic_answer import is_asked
from helpdesk.ui.tickets.assist.incident_banner import IncidentBanner
from helpdesk.ui.tickets.assist.model_status import ModelStatus
from helpdesk.ui.tickets.assist.reading_assist import ReadingAssist
from helpdesk.ui.tickets.assist.reply_assist import ReplyAssist
from helpdesk.ui.tickets.assist.sending import show_sending
from helpdesk.ui.tickets.assist.similar_section import SimilarSection
from helpdesk.ui.tickets.assist.suggestion_card import SuggestionCard
from helpdesk.ui.tickets.assist.suggestion_words import has_to_be_asked, headline, listed
from helpdesk.ui.tickets.assist.suggestions import Suggestions, can_assign
from helpdesk.ui.tickets.assist.undoing import offer_undo
from helpdesk.ui.tickets.messages import Messages
from helpdesk.ui.tickets.reply_box import ReplyBox
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.question import Question

_LOW = 720
"""Pixels of height below which one card at a time stands beside the conversation."""
_MANY_COMMENTS = 2
"""With more of them the suggestion stands at the end, where reading begins."""


class PaneAssist(QObject):
    """The suggestion in the conversation, what stands above it, beside it and over the reply."""

    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)
    said = pyqtSignal(str)
    changed = pyqtSignal(object)
    """The ``TicketView`` as something here has changed it."""
    outdated = pyqtSignal(object)
    """The ``TicketView`` as somebody else has changed it, or ``None`` where it is to be read."""
    failed = pyqtSignal(object)

    def __init__(
        self, desktop: Desktop, reply_box: ReplyBox, messages: Messages, *, working: bool
    ) -> None:
        """Suggest only to those who ``work`` tickets; automatic answers everybody sees."""
        super().__init__(reply_box)
        self._desktop = desktop
        self._messages = messages
        self._reply_box = reply_box
        self._working = working
        self._may_ask = working and desktop.may(Permission.USE_ASSISTANT)
        self._ticket: TicketView | None = None
        self._model = ModelStatus(desktop, self)
        self.suggestions = Suggestions(desktop, self._model, self)
        self.card = SuggestionCard(self._may_take)
        self.incident = IncidentBanner(desktop)
        self.similar = SimilarSection()
        self.reading = ReadingAssist(desktop, messages, self._model)
        self.replying = ReplyAssist(desktop, reply_box, self._model)
        self.warning = PlainLabel(role="high")
        self._beside = QWidget()
        self.above = self._stacked()
        self._is_low = False
        self._connect()

    def show_ticket(self, ticket: TicketView) -> None:
        """Help with another ticket, or with a newer state of the same."""
        self._ticket = ticket
        at_end = ticket.earlier_comments + len(ticket.comments) > _MANY_COMMENTS
        self._messages.put(self.card, at_end=at_end)
        asks = is_asked(ticket, self._desktop.person.id)
        self._messages.ask_if_helped(asks=asks)
        if self._may_ask:
            self._model.look()
        self.reading.show_ticket(ticket, may_ask=self._may_ask)
        self.replying.show_ticket(ticket, may_ask=self._may_ask)
        if self._working:
            self.suggestions.show_ticket(ticket)

    def set_height(self, height: int) -> None:
        """Leave room for the conversation in a pane of this height."""
        self._is_low = height < _LOW
        self._arrange()

    def accept(self) -> bool:
        """Take over what the history vouches for; return whether there was something."""
        fields = self.card.takeable
        if fields:
            self._on_chosen(fields)
        return bool(fields)

    @property
    def can_draft(self) -> bool:
        """Whether a reply can be drafted to the ticket shown."""
        return not self.replying.tools.isHidden()

    @property
    def can_explain(self) -> bool:
        """Whether something of the ticket shown can be explained."""
        return self._may_ask and self._ticket is not None

    # --- putting together ---------------------------------------------------------------------

    def _stacked(self) -> QWidget:
        above = QWidget()
        self.warning.setContentsMargins(16, 8, 16, 0)
        self.warning.hide()
        inside = QVBoxLayout(self._beside)
        column = QVBoxLayout(above)
        for each in (inside, column):
            each.setContentsMargins(0, 0, 0, 0)
            each.setSpacing(0)
        inside.addWidget(self.incident.around)
        inside.addWidget(self.reading)
        column.addWidget(self.warning)
        column.addWidget(self._beside)
        return above

    def _connect(self) -> None:
        for part in (self.reading.card, self.replying, self._messages):
            part.article_wanted.connect(self.article_wanted)
            part.ticket_wanted.connect(self.ticket_wanted)
        for tickets in (self.card, self.similar, self.incident):
            tickets.ticket_wanted.connect(self.ticket_wanted)
        self.reading.said.connect(self.said)
        for card in (self.reading.card, self.replying.card):
            card.toggled.connect(self._arrange)
        self.suggestions.changed.connect(self._show)
        self.suggestions.taken.connect(self._on_taken)
        self.suggestions.outdated.connect(self._on_outdated)
        self.suggestions.failed.connect(self.failed)
        self._model.changed.connect(self._show)
        self.card.chosen.connect(self._on_chosen)
        # What opens below must not push what was read out of sight.
        self.card.why_button.toggled.connect(self._messages.stay)
        self.card.dismissed.connect(self._on_dismissed)
        self.card.stop_wanted.connect(self.suggestions.stop)
        self.card.reply_wanted.connect(self._on_reply_wanted)
        self.card.sending_wanted.connect(lambda: self._show_sending(for_reply=False))
        self.incident.done.connect(self._on_incident)
        self.incident.failed.connect(self._on_incident_failed)
        self.replying.reply_inserted.connect(self.suggestions.note_reply_used)
        tools = self.replying.tools
        tools.menu_opening.connect(self._on_menu_opening)
        tools.explain_wanted.connect(lambda: self.reading.explain())
        tools.summary_wanted.connect(self.reading.sum_up)
        tools.sending_wanted.connect(lambda: self._show_sending(for_reply=True))
        tools.suggestion_wanted.connect(self.suggestions.show_again)
        self._messages.helped.connect(lambda: self._on_turned_out(helped=True))
        self._messages.did_not_help.connect(lambda: self._on_turned_out(helped=False))

    def _arrange(self) -> None:
        is_writing = not self.replying.card.isHidden()
        is_reading = not self.reading.card.isHidden()
        self._beside.setVisible(not (self._is_low and is_writing))
        self.incident.set_room(has_room=not (self._is_low and is_reading))

    def _show(self) -> None:
        known = self.suggestions
        suggestion = known.suggestion
        self.card.show_suggestion(
            suggestion, self._model.model, known.notice, is_asking=known.is_asking
        )
        labels = suggestion.labels if suggestion is not None else ()
        self.warning.setText(f"Careful: this ticket's text {listed(labels)}.")
        self.warning.setVisible(bool(labels))
        self.similar.show_tickets(
            suggestion.duplicates if suggestion else (), suggestion.similar if suggestion else ()
        )
        self.incident.show_incident(self._ticket, suggestion.incident if suggestion else None)

    def _may_take(self, suggested: Suggested) -> bool:
        """Whether the person can set this; technicians give tickets only to themselves."""
        if suggested.field is not SuggestedField.ASSIGNEE:
            return self._ticket is None or "change" in self._ticket.allowed
        return can_assign(self._desktop, suggested)

    # --- what the person does -----------------------------------------------------------------

    def _on_chosen(self, fields: tuple[Suggested, ...]) -> None:
        suggestion, ticket = self.suggestions.suggestion, self._ticket
        if suggestion is None or ticket is None:
            return
        if not has_to_be_asked(suggestion, fields):
            self.suggestions.take(fields)
            return
        question = Question(
            "Set it to Urgent?",
            f"{ticket.number} {ticket.subject}",
            f"This takes over: {headline(fields)}. Urgent is more than the history vouches for.",
            "Set to Urgent",
            "Not now",
            self.card.window(),
        )
        question.agreed.connect(partial(self.suggestions.take, fields))
        question.open()

    def _on_taken(self, before: TicketView, now: TicketView, fields: tuple[Suggested, ...]) -> None:
        self.changed.emit(now)
        offer_undo(
            self._desktop, self.above, (before, now, fields), self.changed.emit, self.failed.emit
        )

    def _on_outdated(self, now: TicketView | None) -> None:
        self.outdated.emit(now)
        self.said.emit("The ticket has changed meanwhile; look at the suggestion again.")

    def _on_dismissed(self) -> None:
        self.suggestions.dismiss()
        self._messages.setFocus()
        name = self.replying.tools.draft_button.text()
        where = f"; the menu beside '{name}' shows it again." if self.can_draft else "."
        self.said.emit(f"Dismissed{where}")

    def _on_reply_wanted(self) -> None:
        suggestion = self.suggestions.suggestion
        if suggestion is not None and suggestion.reply is not None:
            self.replying.insert_reply(suggestion.reply)

    def _on_menu_opening(self) -> None:
        suggestion, tools = self.suggestions.suggestion, self.replying.tools
        silent = suggestion.silent_because if suggestion is not None else ""
        is_dismissed = suggestion is not None and suggestion.dismissed
        offers = suggestion is not None and self.card.has_offer(suggestion)
        tools.say_of_suggestion(
            f"No suggestion: {silent}" if silent else "", can_show=is_dismissed and offers
        )
        tools.set_can_explain(can=bool(self._messages.selected_text))
        tools.set_can_sum_up(can=self.reading.can_sum_up)

    def _show_sending(self, *, for_reply: bool) -> None:
        if self._ticket is not None:
            id_ = self._ticket.id
            ask = ReplyAsk(ticket_id=id_) if for_reply else TriageAsk(ticket_id=id_)
            show_sending(self._desktop, self.above, ask, self.failed.emit)

    def _on_incident(self, ticket: TicketView) -> None:
        self.changed.emit(ticket)
        self.said.emit(f"{ticket.number} is an incident now: Urgent, with a note on the others")

    def _on_incident_failed(self, error: Exception) -> None:
        # The note may be written all the same.
        self.outdated.emit(None)
        self.failed.emit(error)

    def _on_turned_out(self, *, helped: bool) -> None:
        ticket, assistant = self._ticket, self._desktop.desk.assistant
        if ticket is None:
            return
        self._messages.ask_if_helped(asks=False)
        call = assistant.helped if helped else assistant.did_not_help
        job = self._desktop.background.run(self, call, ticket.id)
        job.then(partial(self._on_answered, helped)).failed(partial(self._on_unanswered, ticket.id))

    def _on_answered(self, helped: bool, ticket: TicketView) -> None:
        self.changed.emit(ticket)
        passed_on = f"{ticket.number} is passed on to the support team"
        self.said.emit(f"{ticket.number} is closed" if helped else passed_on)

    def _on_unanswered(self, ticket_id: int, error: Exception) -> None:
        if self._ticket is not None and self._ticket.id == ticket_id:
            self._messages.ask_if_helped(asks=True)
        self.failed.emit(error)
