# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps coming in and has no article, and what people looked for and did not find."""

from __future__ import annotations

from functools import partial

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from helpdesk.client.help_desk import HelpDesk
from helpdesk.core.schemas.articles import (
    ArticleView,
    FiguresQuery,
    Gap,
    LinkedTicket,
    MissedSearch,
)
from helpdesk.ui.articles.reports.figure_table import Column, FigureTable, Line
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.tickets.properties import STATUS_TONES
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.plain_label import PlainLabel
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import relative_time

_DAYS = 90
_NUMBER_WIDTH, _DATE_WIDTH = 72, 72
_MISSED_COLUMNS = (
    Column("Searched for"),
    Column("Times", is_number=True, width=80),
    Column("Last", width=130),
)

Missing = tuple[tuple[Gap, ...], tuple[MissedSearch, ...]]


class MissingPane(QWidget):
    """A card for each kind of ticket that an article would answer."""

    article_edit_wanted = pyqtSignal(int)
    """An article was begun out of a ticket."""
    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop) -> None:
        """Begin empty; `load` asks the desk."""
        super().__init__()
        self._desktop = desktop
        self._inside = QWidget()
        self._inside.setProperty("transparent", True)
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(24, 4, 24, 24)
        self._column.setSpacing(12)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.NoFocus)
        area.setWidget(self._inside)
        self.states = StateView(area)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.states)

    def load(self) -> None:
        """Ask the desk."""
        if self.states.state != "content" or not self._column.count():
            self.states.show_loading()
        job = self._desktop.background.latest(self, _missing, self._desktop.desk)
        job.then(self._show).failed(self._on_failed)

    def _show(self, missing: Missing) -> None:
        gaps, missed = missing
        if not gaps and not missed:
            self.states.show_empty(
                "Nothing is missing",
                "When solved tickets are alike and no article answers them, they stand here.",
            )
            return
        self._clear()
        for gap in gaps:
            self._column.addWidget(self._card(gap))
        if missed:
            self._column.addWidget(_heading(f"Searched in vain in the last {_DAYS} days"))
            self._column.addWidget(self._table(missed))
        self._column.addStretch(1)
        self.states.show_content()

    def _clear(self) -> None:
        while self._column.count():
            widget = self._column.takeAt(0).widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _card(self, gap: Gap) -> QFrame:
        card = QFrame()
        card.setProperty("kind", "card")
        words = PlainLabel(" · ".join(gap.words), role="heading")
        make = QPushButton("Make an article")
        error = PlainLabel(role="error")
        error.hide()
        head = QHBoxLayout()
        head.addWidget(words, 1)
        head.addWidget(make, 0, Qt.AlignTop)
        column = QVBoxLayout(card)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(ElidedLabel(_counted(gap), "muted"))
        column.addWidget(error)
        for ticket in gap.tickets:
            column.addWidget(self._ticket(ticket))
        if gap.tickets:
            newest = gap.tickets[0]
            make.setToolTip(f"Begins a draft with the problem and the answer of {newest.number}")
            make.setAccessibleName(f"Make an article of {newest.number}")
            make.clicked.connect(partial(self._make, newest.id, make, error))
        make.setEnabled(bool(gap.tickets))
        return card

    def _ticket(self, ticket: LinkedTicket) -> QWidget:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        link = QPushButton(ticket.number)
        link.setProperty("kind", "link")
        link.clicked.connect(lambda: self.ticket_wanted.emit(ticket.id))
        when = QLabel(relative_time(ticket.updated_at, self._desktop.clock()))
        when.setProperty("role", "secondary")
        # Chips and numbers stand below each other, whatever the dates are.
        when.setMinimumWidth(_DATE_WIDTH)
        when.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        link.setMinimumWidth(_NUMBER_WIDTH)
        row.addWidget(link)
        row.addWidget(ElidedLabel(ticket.subject), 1)
        row.addWidget(Chip(ticket.status.label, STATUS_TONES[ticket.status]))
        row.addWidget(when)
        return line

    def _table(self, missed: tuple[MissedSearch, ...]) -> FigureTable:
        table = FigureTable("Searches that found nothing", _MISSED_COLUMNS)
        table.setProperty("framed", True)
        now = self._desktop.clock()
        table.show_lines(
            [
                Line((each.text, f"{each.times:,}", relative_time(each.last_at, now)))
                for each in missed
            ]
        )
        table.grow()
        return table

    def _make(self, ticket_id: int, button: QPushButton, error: PlainLabel) -> None:
        button.setEnabled(False)
        button.setText("Making…")
        error.hide()
        draft = self._desktop.desk.knowledge.draft_from
        job = self._desktop.background.run(button, draft, ticket_id)
        job.then(self._on_made)
        job.failed(partial(self._on_not_made, button, error))

    def _on_made(self, view: ArticleView) -> None:
        self.article_edit_wanted.emit(view.id)
        self.load()

    def _on_not_made(self, button: QPushButton, error: PlainLabel, reason: Exception) -> None:
        button.setEnabled(True)
        button.setText("Make an article")
        error.setText(sentence_of(reason))
        error.show()

    def _on_failed(self, error: Exception) -> None:
        self.states.show_failed(sentence_of(error), self.load)


def _missing(desk: HelpDesk) -> Missing:
    """Read both lists; runs on a thread of the pool."""
    return desk.knowledge.gaps(), desk.knowledge.figures(FiguresQuery(days=_DAYS)).missed


def _counted(gap: Gap) -> str:
    tickets = "ticket" if gap.count == 1 else "tickets"
    people = "one person" if gap.requesters == 1 else f"{gap.requesters:,} people"
    return f"{gap.count:,} solved {tickets} of {people}; the newest:"


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label
