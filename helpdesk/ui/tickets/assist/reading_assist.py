# SPDX-License-Identifier: GPL-3.0-or-later
"""Sums a long ticket up and explains what is selected in it, in a card over the conversation."""

from __future__ import annotations

from pydantic import ValidationError
from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from helpdesk.core.schemas.assistant import ExplainAsk, SummaryAsk
from helpdesk.core.schemas.tickets import TicketView
from helpdesk.core.validation import invalid
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.tickets.assist.answer_card import AnswerCard
from helpdesk.ui.tickets.assist.model_status import NO_MODEL, ModelStatus
from helpdesk.ui.tickets.messages import Messages

LONG_COMMENTS, LONG_LETTERS = 6, 3_000
_QUOTED = 60


class ReadingAssist(QWidget):
    """Offers a summary of a ticket that is long, and shows one answer at a time."""

    said = pyqtSignal(str)

    def __init__(self, desktop: Desktop, messages: Messages, model: ModelStatus) -> None:
        """Explain what is selected in ``messages``."""
        super().__init__()
        self._messages = messages
        self._model = model
        self._ticket: TicketView | None = None
        self._may_ask = False
        self.summary_button = QPushButton("Summarise this long conversation")
        self.summary_button.setProperty("kind", "link")
        self.summary_button.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
        self.summary_button.clicked.connect(lambda: self.sum_up())
        offer = QHBoxLayout()
        offer.addWidget(self.summary_button)
        offer.addStretch(1)
        self.card = AnswerCard(desktop, "Answer", close="Dismiss")
        self.card.closed.connect(self._on_closed)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 0)
        column.setSpacing(0)
        column.addLayout(offer)
        column.addWidget(self.card)
        self.summary_button.hide()
        self.hide()
        messages.explain_wanted.connect(self.explain)
        model.changed.connect(self._show)

    @property
    def can_sum_up(self) -> bool:
        """Whether the ticket shown is long enough for a summary."""
        return self._ticket is not None and self._may_ask and is_long(self._ticket)

    def show_ticket(self, ticket: TicketView, *, may_ask: bool) -> None:
        """Read another ticket, or a newer state of the same."""
        if self._ticket is None or self._ticket.id != ticket.id:
            self.card.close_answer()
        self._ticket, self._may_ask = ticket, may_ask
        self._messages.explains = may_ask and self._model.has_model
        self._show()

    def sum_up(self) -> None:
        """Have the ticket summed up."""
        if self._ticket is not None and self._can_ask():
            ask = SummaryAsk(ticket_id=self._ticket.id)
            self.show()
            self.card.ask(f"Summary of {self._ticket.number}", ask, model=self._model.model)
            self._show()

    def explain(self, text: str = "") -> None:
        """Have a piece of a message explained, by default what is selected."""
        text = text or self._messages.selected_text
        if self._ticket is None or not self._can_ask():
            return
        if not text.strip():
            self.said.emit("Select the part of a message that is to be explained.")
            return
        try:
            ask = ExplainAsk(ticket_id=self._ticket.id, text=text)
        except ValidationError as error:
            self.said.emit(str(invalid(error)))
            return
        first = " ".join(text.split())[:_QUOTED]
        self.show()
        self.card.ask(f"Explanation of “{first}”", ask, model=self._model.model)
        self._show()

    def _can_ask(self) -> bool:
        if self._may_ask and not self._model.has_model:
            self.said.emit(NO_MODEL)
        return self._may_ask and self._model.has_model

    def _show(self) -> None:
        self._messages.explains = self._may_ask and self._model.has_model
        is_offered = self.can_sum_up and self._model.has_model and self.card.isHidden()
        self.summary_button.setVisible(is_offered)
        is_shown = is_offered or not self.card.isHidden()
        self.layout().setContentsMargins(16, 12 if is_shown else 0, 16, 0)
        self.setVisible(is_shown)

    def _on_closed(self) -> None:
        self._show()
        self._messages.setFocus()


def is_long(ticket: TicketView) -> bool:
    """Return whether reading a summary saves more time than it takes."""
    comments = ticket.earlier_comments + len(ticket.comments)
    letters = len(ticket.description) + sum(len(each.body) for each in ticket.comments)
    return comments >= LONG_COMMENTS or letters > LONG_LETTERS
