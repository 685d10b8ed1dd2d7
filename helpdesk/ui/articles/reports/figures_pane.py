# SPDX-License-Identifier: GPL-3.0-or-later
"""What the knowledge base did: how much it is read, whether it helps, what it spared."""

from __future__ import annotations

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from helpdesk.core.schemas.articles import ArticleFigure, ArticleFigures, FiguresQuery
from helpdesk.ui.articles.reports.figure_table import Column, FigureTable, Line
from helpdesk.ui.desktop import Desktop, sentence_of
from helpdesk.ui.widgets.elided_label import ElidedLabel
from helpdesk.ui.widgets.number_card import NumberCard
from helpdesk.ui.widgets.segmented import Segmented
from helpdesk.ui.widgets.state_view import StateView
from helpdesk.ui.widgets.times import relative_time

_PERIODS = (("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "A year"))
_USUAL = "30"
_ARTICLES = (
    Column("Article"),
    Column("Reads", is_number=True, width=80),
    Column("Helpful", is_number=True, width=80),
    Column("Not helpful", is_number=True, width=100),
    Column("Tickets avoided", is_number=True, width=130),
)
_SEARCHES = (
    Column("Searched for"),
    Column("Times", is_number=True, width=80),
    Column("Last", width=130),
)


class FiguresPane(QWidget):
    """Four numbers and three tables, for a period up to now."""

    article_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop) -> None:
        """Begin empty; `load` asks the desk."""
        super().__init__()
        self._desktop = desktop
        self.period = Segmented(_PERIODS)
        self.period.setAccessibleName("Period")
        self.period.set_key(_USUAL)
        self.period.chosen.connect(self.load)
        self.cards = {
            "reads": NumberCard("Reads"),
            "helpful": NumberCard("Found helpful"),
            "avoided": NumberCard("Tickets avoided"),
            "published": NumberCard("Articles published"),
        }
        self.most_read = FigureTable("Most read", _ARTICLES)
        self.worst_rated = FigureTable("Worst rated", _ARTICLES)
        self.missed = FigureTable("Searches that found nothing", _SEARCHES)
        self._notes: dict[FigureTable, QLabel] = {}
        for table in (self.most_read, self.worst_rated):
            table.opened.connect(self.article_wanted)
        self.states = StateView(self._area())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setContentsMargins(24, 0, 24, 0)
        row.addWidget(self.period)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.states, 1)

    def load(self) -> None:
        """Ask the desk for the period that is chosen."""
        if self.states.state == "failed" or not self.cards["reads"].number.text():
            self.states.show_loading()
        query = FiguresQuery(days=int(self.period.key))
        job = self._desktop.background.latest(self, self._desktop.desk.knowledge.figures, query)
        job.then(self._show).failed(self._on_failed)

    def _area(self) -> QScrollArea:
        inside = QWidget()
        inside.setProperty("transparent", True)
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 4, 24, 24)
        column.setSpacing(8)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for card in self.cards.values():
            cards.addWidget(card, 1)
        column.addLayout(cards)
        for title, table, nothing in (
            ("Most read", self.most_read, "Nobody has read an article in this time."),
            ("Worst rated", self.worst_rated, "Nobody found an article unhelpful in this time."),
            ("Searches that found nothing", self.missed, "Every search found something."),
        ):
            heading, note = QLabel(title), ElidedLabel(nothing, "muted")
            heading.setProperty("role", "heading")
            table.setProperty("framed", True)
            self._notes[table] = note
            column.addSpacing(8)
            for widget in (heading, note, table):
                column.addWidget(widget)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.NoFocus)
        area.setWidget(inside)
        return area

    def _show(self, figures: ArticleFigures) -> None:
        ratings = figures.helpful + figures.unhelpful
        share = f"{figures.helpful / ratings:.0%}" if ratings else "–"
        of = f"of {ratings:,} ratings" if ratings else "nobody has rated yet"
        self.cards["reads"].show_number(f"{figures.reads:,}", "of published articles")
        self.cards["helpful"].show_number(share, of)
        self.cards["avoided"].show_number(f"{figures.avoided:,}", "‘That solved it’")
        self.cards["published"].show_number(f"{figures.published:,}", "to be read now")
        now = self._desktop.clock()
        searches = [
            Line((each.text, f"{each.times:,}", relative_time(each.last_at, now)))
            for each in figures.missed
        ]
        self._fill(self.most_read, [_line(each) for each in figures.most_read])
        self._fill(self.worst_rated, [_line(each) for each in figures.worst_rated])
        self._fill(self.missed, searches)
        self.states.show_content()

    def _fill(self, table: FigureTable, lines: list[Line]) -> None:
        table.show_lines(lines)
        table.grow()
        table.setVisible(bool(lines))
        self._notes[table].setVisible(not lines)

    def _on_failed(self, error: Exception) -> None:
        self.states.show_failed(sentence_of(error), self.load)


def _line(figure: ArticleFigure) -> Line:
    numbers = (figure.reads, figure.helpful, figure.unhelpful, figure.avoided)
    texts = (f"{figure.number}  {figure.title}", *(f"{number:,}" for number in numbers))
    return Line(texts, figure.id)
