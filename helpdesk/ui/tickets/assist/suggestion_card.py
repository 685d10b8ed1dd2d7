# SPDX-License-Identifier: GPL-3.0-or-later
"""The card in a conversation that offers category, priority, technician and a first reply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PyQt5.QtCore import QSize, Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.triage import Origin, Suggested, SuggestedField, TicketSuggestion
from helpdesk.ui.icons import icon
from helpdesk.ui.tickets.assist.evidence import Evidence
from helpdesk.ui.tickets.assist.suggestion_words import (
    field_name,
    headline,
    listed,
    origin_words,
    percent,
    resembles,
    short_origin,
)
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip

_NOT_ALLOWED = "You cannot change this ticket"
_SHOWN_LINES = 3


class SuggestionCard(QFrame):
    """Shows one suggestion; it is there only while it has something to offer."""

    chosen = pyqtSignal(object)
    """The fields to take over."""
    reply_wanted = pyqtSignal()
    dismissed = pyqtSignal()
    stop_wanted = pyqtSignal()
    ticket_wanted = pyqtSignal(int)
    sending_wanted = pyqtSignal()

    def __init__(self, may_take: Callable[[Suggested], bool]) -> None:
        """Begin hidden; ``may_take`` says which values this person can set."""
        super().__init__()
        self._may_take = may_take
        self._suggestion: TicketSuggestion | None = None
        self._chips: list[QPushButton] = []
        self._model = self._notice = ""
        self._shown_evidence: tuple[object, ...] | None = None
        self.setProperty("kind", "suggestion")
        self.setAccessibleName("Suggestion")
        self._build()
        self.hide()

    @property
    def takeable(self) -> tuple[Suggested, ...]:
        """What accepting takes over: not what a model alone says, which has its own button."""
        if self._suggestion is None or self.isHidden():
            return ()
        return tuple(filter(self._is_vouched_for, self._suggestion.fields))

    def show_suggestion(
        self, suggestion: TicketSuggestion | None, model: str, notice: str, *, is_asking: bool
    ) -> None:
        """Show another suggestion, or nothing where there is nothing to offer."""
        offers = suggestion is not None and self.has_offer(suggestion)
        is_shown = suggestion is not None and offers and not suggestion.dismissed
        self._model, self._notice = model, notice
        if suggestion is not self._suggestion or not is_shown:
            self._close_evidence(suggestion)
            had_focus = any(chip.hasFocus() for chip in self._chips)
            self._suggestion = suggestion if is_shown else None
            self._show_fields()
            if had_focus and is_shown:
                is_gone = self.accept_button.isHidden()
                (self.why_button if is_gone else self.accept_button).setFocus()
        self._asking.setText(f"{model} is being asked…" if model else "The model is being asked…")
        self._asking_row.setVisible(is_asking)
        self._show_evidence()
        self.setVisible(is_shown)

    def has_offer(self, suggestion: TicketSuggestion) -> bool:
        """Whether there is something in it that this person can take over, or a reply."""
        return bool(suggestion.reply) or any(map(self._is_offered, suggestion.fields))

    def _is_offered(self, field: Suggested) -> bool:
        """Whether it has a button; whom one cannot give a ticket to is only told."""
        return field.field is not SuggestedField.ASSIGNEE or self._may_take(field)

    def _is_vouched_for(self, field: Suggested) -> bool:
        return field.origin is not Origin.MODEL and self._may_take(field)

    def _build(self) -> None:
        self._headline = PlainLabel(role="heading")
        self._confidence = QLabel()
        self._confidence.setProperty("role", "muted")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(Chip("Suggestion", "accent"), 0, Qt.AlignTop)
        head.addWidget(self._headline, 1)
        head.addWidget(self._confidence, 0, Qt.AlignTop)
        self._because = PlainLabel(role="muted", max_lines=_SHOWN_LINES)
        self._usual = PlainLabel(role="muted")
        self._fields = QWidget()
        self._field_row = FlowLayout(6)
        self._fields.setLayout(self._field_row)
        self._evidence = Evidence()
        self._evidence.ticket_wanted.connect(self.ticket_wanted)
        self._evidence.sending_wanted.connect(self.sending_wanted)
        self._evidence.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._because)
        column.addWidget(self._usual)
        column.addWidget(self._fields)
        column.addWidget(self._evidence)
        column.addWidget(self._asking_line())
        column.addWidget(self._buttons())

    def _asking_line(self) -> QWidget:
        self._asking = PlainLabel(role="secondary")
        stop = QPushButton("Stop")
        stop.setProperty("kind", "link")
        stop.setAccessibleName("Stop asking the model")
        stop.clicked.connect(lambda: self.stop_wanted.emit())
        self._asking_row = QWidget()
        row = QHBoxLayout(self._asking_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._asking, 1)
        row.addWidget(stop)
        self._asking_row.hide()
        return self._asking_row

    def _buttons(self) -> QWidget:
        self.accept_button = QPushButton("Accept")
        self.accept_button.setProperty("kind", "primary")
        self.accept_button.clicked.connect(lambda: self.chosen.emit(self.takeable))
        self.reply_button = QPushButton("Insert reply")
        self.reply_button.setToolTip("Put the drafted reply into the box below, to be checked")
        self.reply_button.clicked.connect(lambda: self.reply_wanted.emit())
        self.why_button = QPushButton("Why?")
        self.why_button.setCheckable(True)
        self.why_button.setToolTip("Show what speaks for it")
        self.why_button.toggled.connect(lambda _: self._show_evidence())
        self.dismiss_button = QPushButton("Dismiss")
        self.dismiss_button.clicked.connect(lambda: self.dismissed.emit())
        buttons = QWidget()
        row = FlowLayout(6)
        buttons.setLayout(row)
        for button in (
            self.accept_button,
            self.reply_button,
            self.why_button,
            self.dismiss_button,
        ):
            row.addWidget(button)
        return buttons

    def _show_fields(self) -> None:
        suggestion = self._suggestion
        everything = suggestion.fields if suggestion is not None else ()
        fields = tuple(filter(self._is_offered, everything))
        self._headline.setText(headline(fields) or "A first reply")
        least = min((each.confidence for each in fields), default=None)
        self._confidence.setText("" if least is None else percent(least))
        self._confidence.setToolTip("The least sure part of it")
        because = resembles(suggestion) if suggestion is not None else ""
        self._because.setText(because)
        self._because.setVisible(bool(because))
        untold = (*fields, *(each for each in everything if each.origin is Origin.MODEL))
        told = [each.label for each in everything if each not in untold]
        self._usual.setText(f"Usually solved by {listed(told)}.")
        self._usual.setVisible(bool(told))
        self._make_chips(fields)
        taken = tuple(filter(self._is_vouched_for, fields))
        self.accept_button.setVisible(bool(taken))
        what = (
            "all of it" if taken == fields else f"what the history vouches for: {headline(taken)}"
        )
        self.accept_button.setToolTip(plain_tooltip(f"Take over {what} (.)"))
        self.reply_button.setVisible(suggestion is not None and suggestion.reply is not None)

    def _make_chips(self, fields: Sequence[Suggested]) -> None:
        for chip in self._chips:
            self._field_row.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._chips = [self._chip(each) for each in fields]
        for chip in self._chips:
            self._field_row.addWidget(chip)
            chip.show()
        self._fields.setVisible(bool(fields))
        self._fields.updateGeometry()

    def _chip(self, field: Suggested) -> QPushButton:
        words = f"{field.label} · {percent(field.confidence)} · {short_origin(field)}"
        chip = QPushButton(words.replace("&", "&&"), self._fields)
        chip.setProperty("kind", "take")
        chip.setIcon(icon("check", "ink_accent"))
        chip.setIconSize(QSize(12, 12))
        chip.setProperty("field", field.field.value)
        origin = origin_words(field, self._model)
        what = f"{field_name(field.field).lower()} {field.label}"
        is_allowed = self._may_take(field)
        chip.setEnabled(is_allowed)
        tip = f"Accept only {what}\n{origin}" if is_allowed else f"{_NOT_ALLOWED}\n{origin}"
        chip.setToolTip(plain_tooltip(tip))
        chip.setAccessibleName(f"Accept {what}, {percent(field.confidence)}, {origin}")
        chip.clicked.connect(partial(self._on_chip, field))
        return chip

    def _on_chip(self, field: Suggested, _checked: bool = False) -> None:
        self.chosen.emit((field,))

    def _close_evidence(self, suggestion: TicketSuggestion | None) -> None:
        """Let another ticket begin without the evidence for the one before."""
        before = self._suggestion.ticket_id if self._suggestion is not None else None
        if suggestion is None or suggestion.ticket_id != before:
            self.why_button.setChecked(False)

    def _show_evidence(self) -> None:
        is_wanted = self.why_button.isChecked() and self._suggestion is not None
        key = (self._suggestion, self._model, self._notice)
        # What has the focus stays where nothing is new.
        if is_wanted and self._suggestion is not None and key != self._shown_evidence:
            self._shown_evidence = key
            self._evidence.show_suggestion(self._suggestion, self._model, self._notice)
        self._evidence.setVisible(is_wanted)
