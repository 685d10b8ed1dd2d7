# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to an article below its text: its tags, articles about the same, tickets with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLayout, QPushButton, QVBoxLayout, QWidget

from helpdesk.core.schemas.articles import ArticleRow, LinkedTicket
from helpdesk.ui.tickets.properties import STATUS_TONES
from helpdesk.ui.widgets.chip import Chip
from helpdesk.ui.widgets.flow_layout import FlowLayout
from helpdesk.ui.widgets.link_button import LinkButton
from helpdesk.ui.widgets.plain_label import PlainLabel

_TICKETS_SHOWN = 8


class ArticleTags(QWidget):
    """The tags, each a way to all articles with it."""

    chosen = pyqtSignal(str)

    def __init__(self) -> None:
        """Begin without tags."""
        super().__init__()
        self._tags: tuple[str, ...] = ()
        self._row = FlowLayout(6)
        self.setLayout(self._row)
        self.hide()

    def show_tags(self, tags: tuple[str, ...]) -> None:
        """Show other tags."""
        self.setVisible(bool(tags))
        if tags == self._tags:
            return
        self._tags = tags
        _empty(self._row)
        for tag in tags:
            button = QPushButton(tag.replace("&", "&&"))
            button.setProperty("kind", "tag")
            button.setAccessibleName(f"Articles with the tag {tag}")
            button.setToolTip("Show all articles with this tag")
            button.clicked.connect(partial(self._on_clicked, tag))
            self._row.addWidget(button)

    def _on_clicked(self, tag: str, _checked: bool) -> None:
        self.chosen.emit(tag)


class RelatedArticles(QWidget):
    """Links to articles about the same."""

    chosen = pyqtSignal(int)

    def __init__(self) -> None:
        """Begin without articles."""
        super().__init__()
        self._column = _section(self)
        self.hide()

    def show_rows(self, rows: Sequence[ArticleRow]) -> None:
        """Show other articles; none takes no room."""
        _empty(self._column)
        self.setVisible(bool(rows))
        if rows:
            self._column.addWidget(PlainLabel("Related articles", role="heading"))
        for row in rows:
            link = LinkButton(row.title)
            link.clicked.connect(partial(self._on_clicked, row.id))
            self._column.addWidget(link)

    def _on_clicked(self, article_id: int, _checked: bool) -> None:
        self.chosen.emit(article_id)


class ArticleTickets(QWidget):
    """Links to the tickets that have this article, as far as the person may see them."""

    chosen = pyqtSignal(int)

    def __init__(self) -> None:
        """Begin without tickets."""
        super().__init__()
        self._column = _section(self)
        self.hide()

    def show_tickets(self, tickets: Sequence[LinkedTicket]) -> None:
        """Show other tickets; none takes no room."""
        _empty(self._column)
        self.setVisible(bool(tickets))
        if tickets:
            self._column.addWidget(PlainLabel("Tickets with this article", role="heading"))
        for ticket in tickets[:_TICKETS_SHOWN]:
            self._column.addWidget(self._row(ticket))
        if len(tickets) > _TICKETS_SHOWN:
            more = f"and {len(tickets) - _TICKETS_SHOWN:,} more"
            self._column.addWidget(PlainLabel(more, role="secondary"))

    def _row(self, ticket: LinkedTicket) -> QWidget:
        link = LinkButton(f"{ticket.number}  {ticket.subject}")
        link.clicked.connect(partial(self._on_clicked, ticket.id))
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(link)
        row.addWidget(Chip(ticket.status.label, STATUS_TONES[ticket.status]))
        row.addStretch(1)
        return both

    def _on_clicked(self, ticket_id: int, _checked: bool) -> None:
        self.chosen.emit(ticket_id)


def _section(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    return column


def _empty(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
