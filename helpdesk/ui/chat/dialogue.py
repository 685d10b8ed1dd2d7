# SPDX-License-Identifier: GPL-3.0-or-later
"""All that was said in a conversation, below each other, with the newest in sight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from PyQt5.QtCore import Qt, QTimer, pyqtSignal
from PyQt5.QtGui import QGuiApplication
from PyQt5.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from helpdesk.ui.chat.cards import AnswerCard, QuestionCard
from helpdesk.ui.chat.said import Said, copied

_CARDS_AT_ONCE = 2
_SHOWN = 30
"""So many of the newest are shown at first, and so many more whenever earlier ones are wanted."""
_WIDEST = 820
_INDENT = 72
"""How far a question stands away from the side on which answers begin."""
_NEAR_END = 32
_EDGE = 16


class Dialogue(QScrollArea):
    """Cards in the order of time; a few are made at once and the others while idle.

    It stays at the end while an answer grows, unless the person has scrolled away from there.
    """

    citation_chosen = pyqtSignal(object)
    retry_wanted = pyqtSignal()
    human_wanted = pyqtSignal()
    search_wanted = pyqtSignal(str)
    """The question that the knowledge base is to be searched for."""
    copied = pyqtSignal()

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self.setFrameShape(QFrame.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setAccessibleName("Conversation")
        self._cards: list[QuestionCard | AnswerCard] = []
        self._rows: list[QWidget] = []
        self._all: tuple[Said, ...] = ()
        self._hidden: int | None = None
        self._said: list[Said] = []
        self._next = 0
        self._offers = True
        self._follows = True
        self._idle = QTimer(self)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._fill)
        self._build()

    @property
    def cards(self) -> tuple[QuestionCard | AnswerCard, ...]:
        """The cards that are shown, from the top."""
        return tuple(self._cards)

    def turn(self) -> None:
        """Be ready for another conversation."""
        self._hidden = None

    def show_said(self, said: Sequence[Said], now: datetime, *, at_end: bool = False) -> None:
        """Show what was said; ``at_end`` brings the newest into sight."""
        if self._hidden is None and said:
            self._hidden = max(0, len(said) - _SHOWN)
        self._all, self._now = tuple(said), now
        self._follows = self._follows or at_end
        self._show()

    def append(self, piece: str) -> None:
        """Add to the answer that is coming in."""
        if self._next < len(self._said):
            self._said[-1] = replace(self._said[-1], text=self._said[-1].text + piece)
        elif self._cards and isinstance(self._cards[-1], AnswerCard):
            self._cards[-1].append(piece)

    def set_offers(self, *, offers: bool) -> None:
        """Offer what can be done about the last answer, or nothing in an ended conversation."""
        self._offers = offers
        for card in self._cards:
            if isinstance(card, AnswerCard):
                card.set_offers(offers=offers)

    def add_below(self, widget: QWidget) -> None:
        """Let something stand below all that was said."""
        self._below.addWidget(widget)

    def to_end(self) -> None:
        """Bring the end into sight, now and while it grows."""
        self._follows = True
        bar = self.verticalScrollBar()
        bar.setValue(bar.maximum())

    def page(self, by: int) -> None:
        """Scroll by pages."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + by * bar.pageStep())

    def _build(self) -> None:
        column = QWidget()
        column.setMaximumWidth(_WIDEST)
        self._column = QVBoxLayout()
        self._column.setSpacing(12)
        self._below = QVBoxLayout()
        self._earlier = QPushButton()
        self._earlier.setProperty("kind", "link")
        self._earlier.setSizePolicy(QSizePolicy.Fixed, QSizePolicy.Fixed)
        self._earlier.clicked.connect(self._on_earlier)
        self._earlier.hide()
        whole = QVBoxLayout(column)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addWidget(self._earlier, 0, Qt.AlignHCenter)
        whole.addLayout(self._column)
        whole.addLayout(self._below)
        whole.addStretch(1)
        inside = QWidget()
        row = self._inside = QHBoxLayout(inside)
        row.setContentsMargins(_EDGE, _EDGE, _EDGE, _EDGE)
        row.addStretch(1)
        row.addWidget(column, 1000)
        row.addStretch(1)
        self.setWidget(inside)
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._on_range)
        bar.valueChanged.connect(self._on_value)

    def _show(self) -> None:
        hidden = self._hidden or 0
        self._earlier.setVisible(hidden > 0)
        self._earlier.setText(f"Show earlier ({hidden})")
        self._said = list(self._all[hidden:])
        self._next = 0
        self._drop(len(self._said))
        self._fill()

    def _on_earlier(self) -> None:
        self._hidden = max(0, (self._hidden or 0) - _SHOWN)
        self._follows = False
        self._show()

    def _fill(self) -> None:
        for _ in range(_CARDS_AT_ONCE):
            if self._next >= len(self._said):
                self._idle.stop()
                return
            said = self._said[self._next]
            self._card(self._next, said).show_said(said, self._now)
            self._next += 1
        self._idle.start()

    def _card(self, position: int, said: Said) -> QuestionCard | AnswerCard:
        if position < len(self._cards):
            if isinstance(self._cards[position], QuestionCard) == said.is_persons:
                return self._cards[position]
            self._drop(position)
        card = QuestionCard() if said.is_persons else self._answer_card()
        row = QWidget()
        inside = QHBoxLayout(row)
        inside.setContentsMargins(_INDENT if said.is_persons else 0, 0, 0, 0)
        if said.is_persons:
            inside.addStretch(1)
        inside.addWidget(card, 1000)
        self._cards.append(card)
        self._rows.append(row)
        self._column.addWidget(row)
        return card

    def _answer_card(self) -> AnswerCard:
        card = AnswerCard()
        card.set_offers(offers=self._offers)
        card.citation_chosen.connect(self.citation_chosen)
        card.retry_wanted.connect(self.retry_wanted)
        card.human_wanted.connect(self.human_wanted)
        card.copy_wanted.connect(lambda: self._copy(card))
        card.search_wanted.connect(lambda: self._search_for(card))
        return card

    def _drop(self, first: int) -> None:
        """Take away the cards from a place on."""
        for row in self._rows[first:]:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        del self._cards[first:], self._rows[first:]

    def _copy(self, card: AnswerCard) -> None:
        if card.said is not None:
            QGuiApplication.clipboard().setText(copied(card.said))
            self.copied.emit()

    def _search_for(self, card: AnswerCard) -> None:
        before = self._said[: self._cards.index(card)]
        questions = [said.text for said in before if said.is_persons]
        self.search_wanted.emit(questions[-1] if questions else "")

    def _on_range(self, _least: int, most: int) -> None:
        # The cards stay in line with the field below, whether or not there is a scroll bar.
        bar = self.verticalScrollBar().sizeHint().width() if most else 0
        self._inside.setContentsMargins(_EDGE, _EDGE, _EDGE - bar, _EDGE)
        if self._follows:
            self.verticalScrollBar().setValue(most)

    def _on_value(self, value: int) -> None:
        self._follows = value >= self.verticalScrollBar().maximum() - _NEAR_END
