# SPDX-License-Identifier: GPL-3.0-or-later
"""Offers to search articles by what is meant, and says what a list is sorted by."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt5.QtCore import Qt, pyqtSignal
from PyQt5.QtGui import QKeyEvent
from PyQt5.QtWidgets import QFrame, QHBoxLayout, QPushButton

from helpdesk.core.schemas.articles import ArticleRow
from helpdesk.core.schemas.assistant import Answer, AssistantStatus, SearchAsk
from helpdesk.core.schemas.triage import Origin
from helpdesk.core.text import SEARCH_LIMIT
from helpdesk.ui.ai_response_thread import AnswerFailed, Asked
from helpdesk.ui.desktop import Desktop
from helpdesk.ui.icons import icon
from helpdesk.ui.widgets.plain_label import PlainLabel

_NOTHING_THERE = "It may be there in other words."
_NOTHING_MEANT = "By meaning nothing else was found either."
_AS_THEY_WERE = "The model could not sort them; these are the plain results."


class Meaning(QFrame):
    """One line between a search and what it found; it hides where no model can be asked.

    Plain results are there first and stay until others have come.
    """

    found = pyqtSignal(object)
    """The ``ArticleRow``s that are meant, the best first, to show in place of the plain results."""
    plain_wanted = pyqtSignal()
    """The person wants the plain results back."""

    def __init__(self, desktop: Desktop) -> None:
        """Begin hidden."""
        super().__init__()
        self._desktop = desktop
        self._text = ""
        self._model = ""
        self._has_rows = self._everywhere = True
        self._asked: Asked | None = None
        self._is_shown = False
        self._build()
        self.hide()

    @property
    def is_shown(self) -> bool:
        """Whether the list shows what was found by meaning."""
        return self._is_shown

    @property
    def said(self) -> str:
        """The sentence of the line, empty when there is none."""
        return "" if self.isHidden() or self._sentence.isHidden() else self._sentence.text()

    def begin(self) -> None:
        """Forget what was found: something else is searched for."""
        self._cancel()
        self._is_shown = False
        self._text = ""
        self.hide()

    def offer(self, text: str, *, has_rows: bool, everywhere: bool = True) -> None:
        """Offer to search for a text that plain results have come for, if there is a model.

        By meaning it is searched among all articles, also where plain results are of some of them.
        """
        text = text[:SEARCH_LIMIT].strip()
        if self._is_shown or text == self._text:
            return
        self.begin()
        self._text, self._has_rows, self._everywhere = text, has_rows, everywhere
        if text:
            status = self._desktop.background.latest(self, self._desktop.desk.assistant.status)
            status.then(self._on_status).failed(lambda _: self.hide())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Stop on Escape."""
        if event.key() == Qt.Key_Escape and self._asked is not None:
            self._on_stop()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        self.setProperty("kind", "heading")
        self._sentence = PlainLabel(role="secondary")
        self.search_button = QPushButton("Search by meaning")
        self.search_button.setIcon(icon("assistant"))
        self.search_button.setProperty("kind", "quiet")
        self.search_button.setToolTip("Let the model find what is meant, in other words too")
        self.search_button.clicked.connect(self._ask)
        self.stop_button = QPushButton("Stop")
        self.stop_button.clicked.connect(self._on_stop)
        self.plain_button = QPushButton("Show plain results")
        self.plain_button.setProperty("kind", "link")
        self.plain_button.clicked.connect(self._on_plain)
        self._buttons = (self.search_button, self.stop_button, self.plain_button)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(self._sentence, 1)
        for button in self._buttons:
            row.addWidget(button)
        row.addStretch()

    def _on_status(self, status: AssistantStatus) -> None:
        self._model = status.model
        if status.has_model and self._text:
            self._show("" if self._has_rows else _NOTHING_THERE, self.search_button)

    def _ask(self) -> None:
        self._show(f"Searching by meaning with {self._model}\u2026", self.stop_button)
        asked = self._desktop.assistant.ask(self, SearchAsk(text=self._text))
        asked.then(self._on_answer).failed(self._on_failed)
        self._asked = asked
        if asked.over:
            # There is nobody to ask, and nobody will call back.
            self._show(_AS_THEY_WERE)

    def _on_answer(self, answer: Answer) -> None:
        self._asked = None
        if answer.origin not in (Origin.MODEL, Origin.BOTH):
            self._show(answer.notice or _AS_THEY_WERE, self.search_button)
        elif not answer.articles:
            self._show(_NOTHING_MEANT)
        else:
            self._is_shown = True
            sorted_ = "Sorted" if self._everywhere else "All articles, sorted"
            self._show(f"{sorted_} by meaning by {self._model}", self.plain_button)
            self._tell(answer.articles)

    def _on_failed(self, error: AnswerFailed) -> None:
        self._asked = None
        again = (self.search_button,) if error.retry_possible else ()
        self._show(f"{error} These are the plain results.", *again)

    def _on_stop(self) -> None:
        self._cancel()
        self._show("" if self._has_rows else _NOTHING_THERE, self.search_button)

    def _on_plain(self) -> None:
        self._is_shown = False
        self._show("", self.search_button)
        self.plain_wanted.emit()

    def _tell(self, articles: Sequence[ArticleRow]) -> None:
        self.found.emit(tuple(articles))

    def _cancel(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None

    def _show(self, sentence: str, *buttons: QPushButton) -> None:
        had_focus = any(button.hasFocus() for button in self._buttons)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        for button in self._buttons:
            button.setVisible(button in buttons)
        self.show()
        if had_focus and buttons:
            buttons[0].setFocus()
