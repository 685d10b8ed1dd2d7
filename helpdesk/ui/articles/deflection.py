# SPDX-License-Identifier: GPL-3.0-or-later
"""The column beside the ticket's form: its cards, or in their place the article that is read."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from helpdesk.core.schemas.articles import ArticleRow, Counted, Solved
from helpdesk.ui.articles.article_peek import ArticlePeek
from helpdesk.ui.articles.suggestions_card import SuggestionsCard
from helpdesk.ui.background import Job
from helpdesk.ui.desktop import Desktop

_CARD_WIDTH = 420
_LEAST_WIDTH, _LEAST_READING = 280, 380
"""Pixels that cards take at least, and an article, at the cost of the form."""
_LEAST_HEIGHT, _UNLIMITED = 320, 16_777_215


class Deflection(QWidget):
    """Suggests articles, opens them in place, and says when one of them was the answer."""

    solved = pyqtSignal()
    """No ticket is needed; it is counted already."""
    passed_over = pyqtSignal()
    """An article is not suggested any more for this ticket."""
    article_wanted = pyqtSignal(int)
    ticket_wanted = pyqtSignal(int)

    def __init__(self, desktop: Desktop, form: QWidget) -> None:
        """Begin with no cards; keys are heard anywhere in the ``form``."""
        super().__init__()
        self._desktop = desktop
        self.card = SuggestionsCard(desktop, form)
        self.card.chosen.connect(self._on_chosen)
        self.card.solved.connect(self._on_solved)
        self.card.passed_over.connect(self.passed_over)
        self._counting: tuple[int, Job[Counted]] | None = None
        self.solved_button = QPushButton("That solved it")
        self.solved_button.setProperty("kind", "primary")
        self.solved_button.setToolTip("No ticket will be sent")
        self.solved_button.clicked.connect(self._on_peek_solved)
        self.other_button = QPushButton("Not this one")
        self.other_button.setToolTip("Suggest it no more for this ticket")
        self.other_button.clicked.connect(self._on_peek_passed_over)
        self.peek = ArticlePeek(desktop, (self.solved_button, self.other_button), form)
        self.peek.setMinimumWidth(_LEAST_READING)
        self.peek.opened.connect(self._on_opened)
        self.peek.closed.connect(self._on_closed)
        self.peek.article_wanted.connect(self.article_wanted)
        self.peek.ticket_wanted.connect(self.ticket_wanted)
        self._inside = QWidget()
        self._inside.setProperty("transparent", "true")
        self._column = QVBoxLayout(self._inside)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)
        self._column.addStretch(1)
        self._cards = QScrollArea()
        self._cards.setFrameShape(QFrame.NoFrame)
        self._cards.setWidgetResizable(True)
        self._cards.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self._cards.setFocusPolicy(Qt.NoFocus)
        self._cards.setMinimumWidth(_LEAST_WIDTH)
        self._cards.setWidget(self._inside)
        self._is_below = False
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._outer.addWidget(self._cards)
        self._outer.addWidget(self.peek)
        self.add_card(self.card)

    def add_card(self, card: QWidget) -> None:
        """Show a card below the others."""
        card.setMaximumWidth(_CARD_WIDTH)
        self._column.insertWidget(self._column.count() - 1, card)

    def set_below(self, *, below: bool) -> None:
        """Take the whole width and all the height that the cards need, to stand below the form."""
        if below == self._is_below:
            return
        self._is_below = below
        if below:
            self._outer.insertWidget(0, self._cards.takeWidget())
        else:
            self._outer.removeWidget(self._inside)
            self._cards.setWidget(self._inside)
        for position in range(self._column.count() - 1):
            card = self._column.itemAt(position).widget()
            card.setMaximumWidth(_UNLIMITED if below else _CARD_WIDTH)
        self.peek.setMinimumSize(*((0, _LEAST_HEIGHT) if below else (_LEAST_READING, 0)))
        self._show_cards(shown=self.peek.article_id is None)

    def _show_cards(self, *, shown: bool) -> None:
        self._cards.setVisible(shown and not self._is_below)
        self._inside.setVisible(shown)

    def ask(self, subject: str, description: str) -> None:
        """Suggest what may answer a ticket as far as it is written; an empty one is a new one."""
        self.card.ask(f"{subject}\n{description}")
        if not (subject.strip() or description.strip()):
            self.peek.close_article()

    @property
    def unwanted(self) -> str:
        """What was passed over, for a draft to keep."""
        return " ".join(map(str, self.card.unwanted))

    def set_unwanted(self, kept: str) -> None:
        """Pass over what a draft has kept."""
        self.card.set_unwanted(_ids(kept))

    def _on_chosen(self, row: ArticleRow) -> None:
        self.peek.open_article(row.id, row.title)

    def _on_opened(self) -> None:
        self._show_cards(shown=False)

    def _on_closed(self) -> None:
        self._show_cards(shown=True)

    def _on_peek_solved(self) -> None:
        if self.peek.article_id is not None:
            self._on_solved(self.peek.article_id)

    def _on_peek_passed_over(self) -> None:
        article_id = self.peek.article_id
        self.peek.close_article()
        if article_id is not None:
            self.card.pass_over(article_id)

    def _on_solved(self, article_id: int) -> None:
        solved = self._desktop.desk.knowledge.solved
        job = self._desktop.background.run(self, solved, Solved(article_id=article_id))
        # Nobody has to know that it could not be counted: their problem is solved all the same.
        job.failed(lambda _: None)
        self._counting = article_id, job
        self.solved.emit()

    def take_back_solved(self) -> None:
        """Count the ticket again that was said not to be needed, once it is counted."""
        if self._counting is None:
            return
        (article_id, job), self._counting = self._counting, None
        job.then(lambda counted: self._take_back(article_id, counted))

    def _take_back(self, article_id: int, counted: Counted) -> None:
        if counted.counted:
            take_back = self._desktop.desk.knowledge.not_solved
            job = self._desktop.background.run(self, take_back, article_id, counted.day)
            job.failed(lambda _: None)


def _ids(kept: str) -> Iterable[int]:
    return (int(each) for each in kept.split() if each.isdecimal())
