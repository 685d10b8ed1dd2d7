# SPDX-License-Identifier: GPL-3.0-or-later
"""Why something is suggested: tickets that speak for it, other values, and what was sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QVBoxLayout, QWidget

from helpdesk.core.schemas.triage import Origin, SimilarTicket, Suggested, TicketSuggestion
from helpdesk.ui.tickets.assist.suggestion_words import (
    evidence_of,
    field_name,
    listed,
    origin_words,
    percent,
)
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel

_TICKETS = 5
_SAYS = "The model says: "
_INDENT = 4
"""Where the text of a link begins."""


class Evidence(QWidget):
    """One block for each field; made only when somebody asks why."""

    ticket_wanted = pyqtSignal(int)
    sending_wanted = pyqtSignal()
    """The person wants to see what is sent to the model."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._said: set[str] = set()
        self.setAccessibleName("Why this is suggested")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self._column.setSpacing(3)

    def show_suggestion(self, suggestion: TicketSuggestion, model: str, notice: str) -> None:
        """Show what speaks for another suggestion."""
        self._empty()
        self._said.clear()
        for label in suggestion.labels:
            self._add(PlainLabel(f"Careful: the text of this ticket {label}.", role="high"))
        for field in suggestion.fields:
            self._add_field(field, model)
        self._add_tickets(evidence_of(suggestion.fields)[:_TICKETS])
        if suggestion.silent_because:
            self._add(PlainLabel(suggestion.silent_because, role="muted"))
        if notice:
            self._add(PlainLabel(notice, role="muted"))
        if model:
            sending = LinkButton("What is sent to the model…")
            sending.clicked.connect(lambda: self.sending_wanted.emit())
            self._add(sending)

    def _add_field(self, field: Suggested, model: str) -> None:
        name = f"{field_name(field.field)}: {field.label}, {percent(field.confidence)}"
        self._add(PlainLabel(name, role="strong"))
        for sentence in _sentences(field, model):
            if sentence.startswith(_SAYS) and sentence in self._said:
                # A model gives one reason for all of its values.
                continue
            self._said.add(sentence)
            self._add(PlainLabel(sentence, role="muted"))

    def _add_tickets(self, tickets: Sequence[SimilarTicket]) -> None:
        if tickets:
            self._add(PlainLabel("What it resembles", role="strong"))
        for ticket in tickets:
            link = LinkButton(f"{ticket.number} {ticket.subject}")
            link.clicked.connect(partial(self._on_link, ticket.id))
            self._add(link)
            shared = f", shares {listed(ticket.words[:5])}" if ticket.words else ""
            words = PlainLabel(f"{percent(ticket.likeness)} alike{shared}", role="secondary")
            words.setContentsMargins(_INDENT, 0, 0, 2)
            self._add(words)

    def _on_link(self, ticket_id: int, _checked: bool = False) -> None:
        self.ticket_wanted.emit(ticket_id)

    def _add(self, widget: QWidget) -> None:
        self._column.addWidget(widget)
        widget.show()

    def _empty(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()


def _sentences(field: Suggested, model: str) -> Iterator[str]:
    """Say where a field comes from, what speaks for it and what else it might be."""
    numbers = [ticket.number for ticket in field.tickets[:_TICKETS]]
    named = f": {listed(numbers)}" if numbers else ""
    yield f"{origin_words(field, model)}{named}. {_worth(field)}"
    if field.reason and field.origin is not Origin.HISTORY:
        yield f"{_SAYS}{field.reason}"
    elif field.reason and not numbers:
        yield field.reason
    if field.words:
        yield f"Words that speak for it: {listed(field.words[:6])}."
    if field.alternatives:
        yield f"It might also be {_others(field)}."


def _worth(field: Suggested) -> str:
    if field.origin is Origin.MODEL:
        return "Nothing in the history vouches for it."
    return f"Of a hundred such suggestions {field.confidence} turned out right here."


def _others(field: Suggested) -> str:
    others: Sequence[str] = [
        f"{other.label} ({percent(other.confidence)})" for other in field.alternatives[:4]
    ]
    return listed(others)
