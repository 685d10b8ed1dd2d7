# SPDX-License-Identifier: GPL-3.0-or-later
"""Tickets like the one shown, beside its fields; those that may be the same come first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from helpdesk.core.schemas.triage import SimilarTicket
from helpdesk.ui.articles.article_title import ArticleTitle
from helpdesk.ui.tickets.assist.suggestion_words import listed, percent

SHOWN = 5


class SimilarSection(QWidget):
    """Links to tickets; it takes no room while there are none."""

    ticket_wanted = pyqtSignal(int)

    def __init__(self) -> None:
        """Begin without tickets."""
        super().__init__()
        self._shown: tuple[object, ...] = ()
        self._lines: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 10, 0, 0)
        self._column.setSpacing(4)
        self.hide()

    def show_tickets(
        self, duplicates: Sequence[SimilarTicket], similar: Sequence[SimilarTicket]
    ) -> None:
        """Show other tickets."""
        same = tuple(duplicates[:SHOWN])
        alike = tuple(each for each in similar if each not in same)[:SHOWN]
        if (same, alike) == self._shown:
            return
        self._shown = same, alike
        self._empty()
        self._add_block("Perhaps the same", "high", same)
        self._add_block("Similar tickets", "secondary", alike)
        self.setVisible(bool(same or alike))

    def _add_block(self, title: str, role: str, tickets: Sequence[SimilarTicket]) -> None:
        if not tickets:
            return
        heading = QLabel(title)
        heading.setProperty("role", role)
        self._add(heading)
        for ticket in tickets:
            self._add(self._link(ticket))

    def _link(self, ticket: SimilarTicket) -> ArticleTitle:
        link = ArticleTitle()
        link.setText(f"{ticket.number} {ticket.subject}")
        link.set_hint(_hint(ticket))
        link.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        link.clicked.connect(partial(self._on_clicked, ticket.id))
        return link

    def _add(self, widget: QWidget) -> None:
        self._lines.append(widget)
        self._column.addWidget(widget)
        widget.show()

    def _empty(self) -> None:
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines.clear()

    def _on_clicked(self, ticket_id: int, _checked: bool = False) -> None:
        self.ticket_wanted.emit(ticket_id)


def _hint(ticket: SimilarTicket) -> str:
    said = [f"{ticket.status.label}, {percent(ticket.likeness)} alike"]
    if ticket.assignee:
        said.append(f"worked by {ticket.assignee}")
    if ticket.words:
        said.append(f"shares {listed(ticket.words[:5])}")
    return "; ".join(said)
