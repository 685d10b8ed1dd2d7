# SPDX-License-Identifier: GPL-3.0-or-later
"""How a conversation gets to people: as a ticket that one looks over, or as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from helpdesk.core.schemas.assistant import ConversationView, HandOver, TicketProposal
from helpdesk.core.schemas.tickets import CategoryView, NewTicket, TicketView
from helpdesk.ui.chat.ticket_form import TicketForm
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.question import Question


class _Proposed(NamedTuple):
    """What the form begins with."""

    conversation_id: int
    proposal: TicketProposal
    categories: Sequence[CategoryView]


class HandingOver(QWidget):
    """The form below the conversation, and the question before all of it is passed on."""

    handed_over = pyqtSignal(int, object)
    """The conversation's id and the ``TicketView`` that it became."""
    failed = pyqtSignal(str)
    changed = pyqtSignal()
    """The form was opened or closed, or something is under way or no longer."""
    opened = pyqtSignal()
    """The form is shown now."""
    left = pyqtSignal()
    """The person goes on without a ticket."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin without a conversation."""
        super().__init__()
        self._desktop = desktop
        self._conversation: ConversationView | None = None
        self._working: set[int] = set()
        self.form = TicketForm()
        self.form.submitted.connect(self._on_submitted)
        self.form.left.connect(self._on_left)
        self.form.typed.connect(self._on_typed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form)

    @property
    def is_open(self) -> bool:
        """Whether the form is shown."""
        return not self.form.isHidden()

    @property
    def is_working(self) -> bool:
        """Whether the conversation shown is on its way."""
        return self._conversation is not None and self._conversation.id in self._working

    def show_conversation(self, conversation: ConversationView | None) -> None:
        """Turn to another conversation, or to a newer state of the same."""
        before, self._conversation = self._conversation, conversation
        is_other = (before.id if before else None) != (conversation.id if conversation else None)
        has_ended = conversation is not None and conversation.ticket_id is not None
        if self.is_open and (is_other or has_ended):
            self.close_form()

    def make_ticket(self) -> None:
        """Make a ticket of the conversation, for the person to look over."""
        if self._conversation is not None and not self.is_working and not self.is_open:
            id_ = self._conversation.id
            self._work(id_)
            job = self._desktop.background.run(self, self._propose, id_)
            job.then(self._on_proposed).failed(lambda error: self._on_failed(id_, error))

    def ask_human(self) -> Question | None:
        """Pass the whole conversation on, after one question that says so."""
        conversation = self._conversation
        if conversation is None or self.is_working:
            return None
        count = len(conversation.messages)
        messages = "1 message" if count == 1 else f"{count} messages"
        question = Question(
            "Ask a human?",
            f"The whole conversation ({messages}) is passed on to the support team as a ticket.",
            "They answer you there; this conversation can then be read, but not go on.",
            "Ask a human",
            "Not yet",
            self.window(),
        )
        # Nothing is lost by it, which is what the colour of danger would say.
        question.agree_button.setProperty("kind", "")
        question.agree_button.style().unpolish(question.agree_button)
        question.agree_button.style().polish(question.agree_button)
        question.agreed.connect(lambda: self._hand_over(conversation.id, None))
        question.open()
        return question

    def forget(self, conversation_id: int) -> None:
        """Keep no draft of a ticket of a conversation that was deleted."""
        self._desktop.drafts.remove(_place(conversation_id))

    def close_form(self) -> None:
        """Leave the form; what was typed in it is kept."""
        self.form.hide()
        self.changed.emit()

    def _propose(self, conversation_id: int) -> _Proposed:
        """Ask for all the form needs; runs on a thread of the pool."""
        desk = self._desktop.desk
        proposal = desk.assistant.proposal(conversation_id)
        return _Proposed(conversation_id, proposal, desk.tickets.categories())

    def _on_proposed(self, found: _Proposed) -> None:
        self._working.discard(found.conversation_id)
        if self._conversation is not None and self._conversation.id == found.conversation_id:
            draft = self._desktop.drafts.load(_place(found.conversation_id))
            blocked = self.form.blockSignals(True)
            self.form.show_proposal(found.proposal, found.categories, draft)
            self.form.blockSignals(blocked)
            self.form.subject.setFocus()
            self.opened.emit()
        self.changed.emit()

    def _on_left(self) -> None:
        self.close_form()
        self.left.emit()

    def _on_submitted(self, new: NewTicket) -> None:
        if self._conversation is not None:
            self.form.set_busy(busy=True)
            self._hand_over(self._conversation.id, new)

    def _hand_over(self, conversation_id: int, new: NewTicket | None) -> None:
        self._work(conversation_id)
        job = self._desktop.background.run(self, self._send, conversation_id, new)
        job.then(lambda ticket: self._on_handed_over(conversation_id, ticket))
        job.failed(lambda error: self._on_failed(conversation_id, error))

    def _send(self, conversation_id: int, new: NewTicket | None) -> TicketView:
        """Hand over and forget the draft; runs on a thread of the pool."""
        ticket = self._desktop.desk.assistant.hand_over(conversation_id, HandOver(ticket=new))
        self._desktop.drafts.sent(_place(conversation_id))
        return ticket

    def _on_handed_over(self, conversation_id: int, ticket: TicketView) -> None:
        self._working.discard(conversation_id)
        if self._conversation is not None and self._conversation.id == conversation_id:
            self.form.hide()
        self.handed_over.emit(conversation_id, ticket)
        self.changed.emit()

    def _on_failed(self, conversation_id: int, error: Exception) -> None:
        self._working.discard(conversation_id)
        if self._conversation is None or self._conversation.id != conversation_id:
            return
        if self.is_open:
            self.form.set_busy(busy=False)
            self.form.show_error(f"{sentence_of(error)} What you wrote is kept.")
        else:
            self.failed.emit(sentence_of(error))
        self.changed.emit()

    def _work(self, conversation_id: int) -> None:
        self._working.add(conversation_id)
        self.changed.emit()

    def _on_typed(self) -> None:
        if self._conversation is not None and self.is_open:
            self._desktop.drafts.keep(_place(self._conversation.id), self.form.draft())


def _place(conversation_id: int) -> str:
    return f"chat-ticket-{conversation_id}"
