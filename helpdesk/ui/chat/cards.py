# SPDX-License-Identifier: GPL-3.0-or-later
"""One card for each thing said in a conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from helpdesk.core.schemas.triage import Citation
from helpdesk.core.text import ellipsis
from helpdesk.ui import theme
from helpdesk.ui.chat.answer_text import AnswerText, can_open
from helpdesk.ui.chat.said import Said, pieces_of
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.plain_label import PlainLabel, plain_tooltip
from helpdesk.ui.widgets.times import full_time, relative_time

_TITLE_SHOWN = 44
_ICON = 18
_LINE_MEASURED = 300
"""A longer line is wrapped anyway."""
_ROOM, _LEAST_WIDTH = 40, 120
"""Beside the longest line of a question, and for its time."""
_LOOKING = "Looking in the knowledge base and your tickets…"
_WRITING = "Writing the answer…"
_NOTHING = "Not in the knowledge base"
_NOTHING_HINT = "Neither the articles nor your tickets answer this."


class QuestionCard(QFrame):
    """What the person said, as it was typed."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.setProperty("kind", "said")
        self.said: Said | None = None
        self.body = AnswerText()
        self.body.setAccessibleName("You said")
        self._time = QLabel()
        self._time.setProperty("role", "secondary")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(4)
        column.addWidget(self.body)
        column.addWidget(self._time, 0, Qt.AlignRight)

    def show_said(self, said: Said, now: datetime) -> None:
        """Show another question."""
        if self.said is None or self.said.text != said.text:
            self.body.set_plain(said.text)
            self.setMaximumWidth(self._width_of(said.text))
        self.said = said
        _show_time(self._time, said, now)

    def _width_of(self, text: str) -> int:
        """Return the width that the longest line takes."""
        measure = self.body.fontMetrics().horizontalAdvance
        longest = max((measure(line[:_LINE_MEASURED]) for line in text.split("\n")), default=0)
        return max(longest + _ROOM, _LEAST_WIDTH)


class AnswerCard(QFrame):
    """What the assistant said: while it comes in, and whole with what it rests on."""

    citation_chosen = pyqtSignal(object)
    copy_wanted = pyqtSignal()
    retry_wanted = pyqtSignal()
    human_wanted = pyqtSignal()
    search_wanted = pyqtSignal()

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.setProperty("kind", "card")
        self.said: Said | None = None
        self._shown = ""
        self._offers = True
        self._build()

    def show_said(self, said: Said, now: datetime) -> None:
        """Show another answer, or how far the same has come."""
        before, self.said = self.said, said
        _show_time(self._time, said, now)
        if before == said:
            return
        if said.running:
            self._show_running(said, goes_on=before is not None and before.running)
        else:
            self.body.show_pieces(pieces_of(said), said.citations)
            self._shown = ""
        self.body.setVisible(bool(said.text or said.sentences))
        self._show_state(said)
        self._show_end(said)
        self._sources.show_citations(() if said.found_nothing else said.citations)

    def append(self, piece: str) -> None:
        """Add a piece of the answer that is coming in."""
        self._shown += piece
        self.body.append_plain(piece)
        self.body.show()
        self._state.hide()

    def set_offers(self, *, offers: bool) -> None:
        """Offer what can be done next, or nothing where the conversation has ended."""
        self._offers = offers
        if self.said is not None:
            self._show_end(self.said)

    # --- building -----------------------------------------------------------------------------

    def _build(self) -> None:
        self._picture = QLabel()
        self._show_picture()
        theme.current().changed.connect(self._show_picture)
        name = QLabel("Assistant")
        name.setProperty("role", "strong")
        self._time = QLabel()
        self._time.setProperty("role", "secondary")
        self._source = PlainLabel(role="secondary")
        self._source.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        self.copy_button = QToolButton()
        self.copy_button.setIcon(icon("copy"))
        self.copy_button.setAccessibleName("Copy the answer")
        self.copy_button.setToolTip("Copy the answer with its numbers")
        self.copy_button.setFocusPolicy(Qt.StrongFocus)
        policy = self.copy_button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.copy_button.setSizePolicy(policy)
        self.copy_button.clicked.connect(lambda: self.copy_wanted.emit())
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget in (self._picture, name, self._time):
            head.addWidget(widget)
        head.addWidget(self._source, 1)
        head.addWidget(self.copy_button)
        self._nothing = QLabel(_NOTHING)
        self._nothing.setProperty("role", "heading")
        self.body = AnswerText()
        self.body.setAccessibleName("Assistant said")
        self.body.citation_chosen.connect(self.citation_chosen)
        self._state = PlainLabel(role="muted")
        self._sources = Sources()
        self._sources.chosen.connect(self.citation_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 10, 12)
        column.setSpacing(8)
        column.addLayout(head)
        for below in (self._nothing, self.body, self._state, self._sources):
            column.addWidget(below)
        column.addLayout(self._build_end())

    def _build_end(self) -> QVBoxLayout:
        self._notice = PlainLabel(role="muted")
        self._error = PlainLabel(role="error")
        self.retry_button = _button("Retry", self.retry_wanted.emit)
        self.human_button = _button("Ask a human", self.human_wanted.emit)
        self.search_button = _button("Search the knowledge base", self.search_wanted.emit)
        row = FlowLayout(8)
        for button in (self.human_button, self.search_button, self.retry_button):
            row.addWidget(button)
        self._buttons = QWidget()
        self._buttons.setLayout(row)
        column = QVBoxLayout()
        column.setSpacing(8)
        for widget in (self._notice, self._error, self._buttons):
            column.addWidget(widget)
        return column

    # --- showing ------------------------------------------------------------------------------

    def _show_running(self, said: Said, *, goes_on: bool) -> None:
        if goes_on and said.text.startswith(self._shown):
            self.body.append_plain(said.text[len(self._shown) :])
        else:
            self.body.set_plain(said.text)
        self._shown = said.text

    def _show_state(self, said: Said) -> None:
        text = (_WRITING if said.citations else _LOOKING) if said.running else ""
        if said.found_nothing and not said.text and not said.sentences:
            text = _NOTHING_HINT
        self._state.setText(text)
        self._state.setVisible(bool(text) and not (said.running and said.text))
        self._nothing.setVisible(said.found_nothing)

    def _show_end(self, said: Said) -> None:
        remark = said.remark
        error = remark.error
        if error and said.text:
            error = f"Not finished: {error}"
        lines = ("" if error else said.ending, remark.notice)
        _show_line(self._notice, " ".join(filter(None, lines)))
        _show_line(self._error, error)
        _show_line(self._source, said.source)
        self._source.setVisible(True)
        self.copy_button.setVisible(bool(said.text) and not said.running)
        self.retry_button.setVisible(said.can_be_retried and self._offers)
        offers = said.found_nothing and said.is_last and self._offers
        self.human_button.setVisible(offers)
        self.search_button.setVisible(said.found_nothing and said.is_last)
        buttons = (self.retry_button, self.human_button, self.search_button)
        self._buttons.setVisible(any(not button.isHidden() for button in buttons))

    def _show_picture(self) -> None:
        self._picture.setPixmap(icon("assistant", "accent").pixmap(_ICON, _ICON))


class Sources(QWidget):
    """What an answer rests on, each a way there."""

    chosen = pyqtSignal(object)

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self._citations: tuple[Citation, ...] = ()
        self._row = FlowLayout(6)
        self.setLayout(self._row)
        self.hide()

    def show_citations(self, citations: Sequence[Citation]) -> None:
        """Show others; none takes no room."""
        self.setVisible(bool(citations))
        if tuple(citations) == self._citations:
            return
        self._citations = tuple(citations)
        while (item := self._row.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        for citation in citations:
            chip = source_chip(citation)
            chip.clicked.connect(partial(self._on_clicked, citation))
            self._row.addWidget(chip)

    def _on_clicked(self, citation: Citation, _checked: bool) -> None:
        self.chosen.emit(citation)


def source_chip(citation: Citation) -> QPushButton:
    """Return a button with the number and the beginning of the title of a source."""
    whole = f"{citation.number}  {citation.title}"
    chip = QPushButton(ellipsis(whole, _TITLE_SHOWN).replace("&", "&&"))
    chip.setProperty("kind", "tag")
    chip.setEnabled(can_open(citation))
    kind = "ticket" if citation.ticket_id is not None else "article"
    chip.setAccessibleName(f"Source: {kind} {whole}")
    chip.setToolTip(plain_tooltip(whole))
    return chip


def _button(text: str, pressed: object) -> QPushButton:
    button = QPushButton(text)
    button.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
    button.clicked.connect(lambda: pressed())  # type: ignore[operator]
    return button


def _show_line(label: PlainLabel, text: str) -> None:
    label.setText(text)
    label.setVisible(bool(text))


def _show_time(label: QLabel, said: Said, now: datetime) -> None:
    label.setText(relative_time(said.at, now))
    label.setToolTip(full_time(said.at))
